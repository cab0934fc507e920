{{/*
A workload with the sidecar, as YAML. A chart of an application writes its Deployment as a named template and then

  {{ include "guardrail-gw-sidecar.inject" (dict "workload" (include "app.deployment" . | fromYaml) "values" (index .Values "guardrail-gw-sidecar")) }}

The same as `guardrail-gw inject`: a test of the project renders both and compares.
*/}}
{{- define "guardrail-gw-sidecar.inject" -}}
{{- $v := .values -}}
{{- $w := deepCopy .workload -}}
{{- $pod := $w -}}
{{- if eq $w.kind "CronJob" -}}
{{- $pod = $w.spec.jobTemplate.spec.template -}}
{{- else if ne $w.kind "Pod" -}}
{{- $pod = $w.spec.template -}}
{{- end -}}
{{- include "guardrail-gw-sidecar.check" (dict "workload" $w "pod" $pod "values" $v) -}}
{{- $spec := $pod.spec -}}
{{- $told := list -}}
{{- if $v.listen.unix -}}
{{- $told = append $told (dict "name" "GUARDRAIL_GW_SOCKET" "value" "/run/guardrail-gw/gateway.sock") -}}
{{- else -}}
{{- range $name, $path := $v.baseUrls -}}
{{- $told = append $told (dict "name" $name "value" (printf "http://127.0.0.1:%d%s" (int $v.listen.port) $path)) -}}
{{- end -}}
{{- end -}}
{{- $names := list -}}
{{- range $told -}}{{- $names = append $names .name -}}{{- end -}}
{{- $served := $spec.containers -}}
{{- if eq $v.form "native" -}}{{- $served = concat $served ($spec.initContainers | default list) -}}{{- end -}}
{{- range $container := $served -}}
{{- $env := list -}}
{{- range $container.env -}}{{- if not (has .name $names) -}}{{- $env = append $env . -}}{{- end -}}{{- end -}}
{{- if $told -}}{{- $_ := set $container "env" (concat $env $told) -}}{{- end -}}
{{- if $v.listen.unix -}}
{{- $socket := dict "name" "guardrail-gw-socket" "mountPath" "/run/guardrail-gw" "readOnly" true -}}
{{- $_ := set $container "volumeMounts" (append ($container.volumeMounts | default list) $socket) -}}
{{- end -}}
{{- end -}}
{{- $ours := include "guardrail-gw-sidecar.container" $v | fromYaml -}}
{{- if eq $v.form "native" -}}
{{- $_ := set $spec "initContainers" (prepend ($spec.initContainers | default list) $ours) -}}
{{- else -}}
{{- $_ := set $spec "containers" (prepend $spec.containers $ours) -}}
{{- end -}}
{{- $volumes := (include "guardrail-gw-sidecar.volumes" $v | fromYaml).volumes -}}
{{- $_ := set $spec "volumes" (concat ($spec.volumes | default list) $volumes) -}}
{{- if and (eq $w.kind "StatefulSet") (eq $v.spool.kind "template") -}}
{{- $claim := include "guardrail-gw-sidecar.claimTemplate" $v | fromYaml -}}
{{- $_ := set $w.spec "volumeClaimTemplates" (append ($w.spec.volumeClaimTemplates | default list) $claim) -}}
{{- end -}}
{{- $grace := int ($spec.terminationGracePeriodSeconds | default 30) -}}
{{- $stop := include "guardrail-gw-sidecar.stopSeconds" $v | int -}}
{{- $_ := set $spec "terminationGracePeriodSeconds" (ternary (max $grace $stop) (add $grace $stop) (eq $v.form "plain")) -}}
{{- $metadata := $pod.metadata | default dict -}}
{{- $_ := set $pod "metadata" $metadata -}}
{{- $_ := set $metadata "labels" (merge (dict "guardrail-gw/sidecar" $v.form) ($metadata.labels | default dict)) -}}
{{- $noted := dict "guardrail-gw/grace-of-app" (toString $grace) "guardrail-gw/variables" (sortAlpha $names | join ",") -}}
{{- $_ := set $metadata "annotations" (merge $noted ($metadata.annotations | default dict)) -}}
{{- $context := $spec.securityContext | default dict -}}
{{- if not (hasKey $context "fsGroup") -}}
{{- $_ := set $context "fsGroup" (int $v.user) -}}
{{- if not (hasKey $context "fsGroupChangePolicy") -}}{{- $_ := set $context "fsGroupChangePolicy" "OnRootMismatch" -}}{{- end -}}
{{- end -}}
{{- $_ := set $spec "securityContext" $context -}}
{{- toYaml $w -}}
{{- end -}}

{{/* How long the gateway may need from SIGTERM on: going on, streams, last records, closing. */}}
{{- define "guardrail-gw-sidecar.stopSeconds" -}}
{{- add (int .drainDelaySeconds) (int .drainSeconds) (max 30 (int .drainSeconds)) 10 -}}
{{- end -}}
