{{/* Rendering fails where a sidecar would be worth nothing, with the codes of docs/kubernetes.md. */}}
{{- define "guardrail-gw-sidecar.check" -}}
{{- $v := .values -}}
{{- $w := .workload -}}
{{- $spec := .pod.spec -}}
{{- $what := printf "%s %s" $w.kind (dig "metadata" "name" "?" $w) -}}
{{- include "guardrail-gw-sidecar.image" (dict "image" $v.image "allowTag" $v.allowTag) -}}
{{- if not (has $v.form (list "native" "plain")) -}}{{- fail "form: native or plain" -}}{{- end -}}
{{- if not (has $v.durability (list "local" "remote" "both")) -}}{{- fail "durability: local, remote or both" -}}{{- end -}}
{{- if not (has $v.spool.kind (list "emptyDir" "claim" "template")) -}}{{- fail "spool.kind: emptyDir, claim or template" -}}{{- end -}}
{{- if ne (eq $v.spool.kind "claim") (not (empty $v.spool.claim)) -}}{{- fail "spool.claim and kind `claim` go together" -}}{{- end -}}
{{- if and (eq $v.spool.kind "emptyDir") (ne $v.durability "remote") -}}
{{- fail (printf "inject.spool_not_lasting: %s: durability %s counts on the pod's disk, and an emptyDir goes with the pod" $what $v.durability) -}}
{{- end -}}
{{- if and (eq $v.spool.kind "claim") (include "guardrail-gw-sidecar.sharesClaims" $w) -}}
{{- fail (printf "inject.claim_shared: %s: several of its pods would write one log" $what) -}}
{{- end -}}
{{- if and (eq $v.spool.kind "template") (ne $w.kind "StatefulSet") -}}
{{- fail (printf "inject.template_needs_statefulset: %s: only a StatefulSet gives each pod a claim of its own that outlives it" $what) -}}
{{- end -}}
{{- if eq $v.form "plain" -}}
{{- if or (has $w.kind (list "Job" "CronJob")) (ne ($spec.restartPolicy | default "Always") "Always") -}}
{{- fail (printf "inject.plain_ends_never: %s: its pods would never end beside an ordinary container" $what) -}}
{{- end -}}
{{- if not (int $v.drainDelaySeconds) -}}
{{- fail (printf "inject.plain_stops_first: %s: the application is told to stop at the same moment and still needs the gateway" $what) -}}
{{- end -}}
{{- end -}}
{{- range list "hostNetwork" "hostPID" "shareProcessNamespace" -}}
{{- if get $spec . -}}{{- fail (printf "inject.shared_namespace: %s: with %s others reach the sidecar's loopback or read its files" $what .) -}}{{- end -}}
{{- end -}}
{{- $ours := list "config" "policies" "audit-public" "keys" "credentials" "collector-tls" "spool" "tmp" "socket" -}}
{{- range $spec.volumes -}}
{{- if and (hasPrefix "guardrail-gw-" .name) (has (trimPrefix "guardrail-gw-" .name) $ours) -}}{{- fail (printf "inject.name_taken: %s: %s" $what .name) -}}{{- end -}}
{{- end -}}
{{- $secrets := compact (list $v.keys $v.credentials $v.collectorTls) -}}
{{- range $container := concat $spec.containers ($spec.initContainers | default list) -}}
{{- include "guardrail-gw-sidecar.checkContainer" (dict "container" $container "spec" $spec "values" $v "what" $what "secrets" $secrets "ours" $ours) -}}
{{- end -}}
{{- end -}}

{{- define "guardrail-gw-sidecar.checkContainer" -}}
{{- $c := .container -}}
{{- $v := .values -}}
{{- $at := printf "%s: container %s" .what $c.name -}}
{{- if eq $c.name "guardrail-gw" -}}{{- fail (printf "inject.name_taken: %s" $at) -}}{{- end -}}
{{- range $c.ports -}}
{{- $port := int .containerPort -}}
{{- if or (eq $port (int $v.probePort)) (and (not $v.listen.unix) (eq $port (int $v.listen.port))) (eq (.name | default "") "gw-probe") -}}
{{- fail (printf "inject.port_taken: %s has port %d" $at $port) -}}
{{- end -}}
{{- end -}}
{{- range $c.env -}}
{{- $told := "" -}}
{{- if $v.listen.unix -}}
{{- if eq .name "GUARDRAIL_GW_SOCKET" -}}{{- $told = "/run/guardrail-gw/gateway.sock" -}}{{- end -}}
{{- else if hasKey $v.baseUrls .name -}}
{{- $told = printf "http://127.0.0.1:%d%s" (int $v.listen.port) (get $v.baseUrls .name) -}}
{{- end -}}
{{- if and $told (ne (.value | default "") $told) -}}{{- fail (printf "inject.variable_taken: %s sets %s to something else" $at .name) -}}{{- end -}}
{{- end -}}
{{- range $secret := .secrets -}}
{{- range $part := concat ($c.env | default list) ($c.envFrom | default list) -}}
{{- if include "guardrail-gw-sidecar.names" (dict "part" $part "secret" $secret) -}}{{- fail (printf "inject.secret_in_app: %s is given %s" $at $secret) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- range $mount := $c.volumeMounts -}}
{{- if and (hasPrefix "guardrail-gw-" $mount.name) (has (trimPrefix "guardrail-gw-" $mount.name) (without $.ours "socket")) -}}
{{- fail (printf "inject.secret_in_app: %s is given %s" $at $mount.name) -}}
{{- end -}}
{{- range $volume := $.spec.volumes -}}
{{- if eq $volume.name $mount.name -}}
{{- range $secret := $.secrets -}}
{{- if include "guardrail-gw-sidecar.names" (dict "part" $volume "secret" $secret) -}}{{- fail (printf "inject.secret_in_app: %s is given %s" $at $secret) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Says "yes" when a part of a pod's specification names a Secret. */}}
{{- define "guardrail-gw-sidecar.names" -}}
{{- $found := false -}}
{{- $sources := list .part -}}
{{- range dig "projected" "sources" list .part -}}{{- $sources = append $sources . -}}{{- end -}}
{{- range $source := $sources -}}
{{- range list (dig "secret" "secretName" "" $source) (dig "secret" "name" "" $source) (dig "secretRef" "name" "" $source) (dig "valueFrom" "secretKeyRef" "name" "" $source) -}}
{{- if eq . $.secret -}}{{- $found = true -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $found -}}yes{{- end -}}
{{- end -}}

{{/* Says "yes" when two pods of a workload can be there at once and would mount one claim. */}}
{{- define "guardrail-gw-sidecar.sharesClaims" -}}
{{- $spec := .spec -}}
{{- if eq .kind "Pod" -}}
{{- else if eq .kind "Deployment" -}}
{{- if or (gt (int (dig "replicas" 1 $spec)) 1) (ne (dig "strategy" "type" "" $spec) "Recreate") -}}yes{{- end -}}
{{- else if eq .kind "CronJob" -}}
{{- if or (eq (dig "concurrencyPolicy" "Allow" $spec) "Allow") (gt (int (dig "parallelism" 1 $spec.jobTemplate.spec)) 1) -}}yes{{- end -}}
{{- else if eq .kind "Job" -}}
{{- if gt (int (dig "parallelism" 1 $spec)) 1 -}}yes{{- end -}}
{{- else if eq .kind "StatefulSet" -}}
{{- if gt (int (dig "replicas" 1 $spec)) 1 -}}yes{{- end -}}
{{- else -}}yes{{- end -}}
{{- end -}}

{{/* An image is said by digest, for trials by a tag. */}}
{{- define "guardrail-gw-sidecar.image" -}}
{{- if not (regexMatch (ternary "^[a-z0-9][A-Za-z0-9._:/@-]*$" "^[a-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}$" .allowTag) .image) -}}
{{- fail "image: say it by digest (…@sha256:…), or set allowTag for trials" -}}
{{- end -}}
{{- end -}}
