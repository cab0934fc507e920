{{- define "guardrail-gw.name" -}}
{{- if contains "guardrail-gw" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-guardrail-gw" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels of an object: (dict "root" $ "part" "gateway"). */}}
{{- define "guardrail-gw.labels" -}}
{{ include "guardrail-gw.selector" . }}
app.kubernetes.io/part-of: guardrail-gw
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}

{{- define "guardrail-gw.selector" -}}
app.kubernetes.io/name: guardrail-gw
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{/* What all pods here have in common: nobody is root, nobody talks to Kubernetes. */}}
{{- define "guardrail-gw.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
serviceAccountName: {{ include "guardrail-gw.name" .root }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ int .root.Values.user }}
  runAsGroup: {{ int .root.Values.user }}
  fsGroup: {{ int .root.Values.user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "guardrail-gw.selector" . | nindent 8 }}
{{- end -}}

{{/* gateway.yaml: what the values say, and nothing said twice. */}}
{{- define "guardrail-gw.config" -}}
{{- $g := .Values.gateway -}}
{{- range list "apiVersion" "kind" "listen" "probe" "admin" "policies" "workers" -}}
{{- if hasKey $g.config . -}}{{- fail (printf "deploy.said_twice: gateway.config.%s: the chart says it" .) -}}{{- end -}}
{{- end -}}
{{- range list "directory" "keys" "public" "lasting" -}}
{{- if hasKey (get $g.config "audit" | default dict) . -}}{{- fail (printf "deploy.said_twice: gateway.config.audit.%s: the chart says it" .) -}}{{- end -}}
{{- end -}}
{{- range list "drain_s" "drain_delay_s" -}}
{{- if hasKey (get $g.config "limits" | default dict) . -}}{{- fail (printf "deploy.said_twice: gateway.config.limits.%s: the chart says it" .) -}}{{- end -}}
{{- end -}}
{{- $listen := dict "host" "0.0.0.0" "port" (int $g.port) -}}
{{- if $g.tls -}}
{{- $_ := set $listen "tls" (dict "certificate" "/etc/guardrail-gw/tls/tls.crt" "private_key" "/etc/guardrail-gw/tls/tls.key") -}}
{{- end -}}
{{- $audit := dict "directory" "/var/lib/guardrail-gw/audit" "keys" "/etc/guardrail-gw/keys" "public" "/etc/guardrail-gw/audit-public" -}}
{{- if eq $g.spool.kind "emptyDir" -}}{{- $_ := set $audit "lasting" false -}}{{- end -}}
{{- $ours := dict "apiVersion" "guardrail-gw/v1" "kind" "Gateway" "listen" $listen "workers" (int $g.workers) "policies" "/etc/guardrail-gw/policies" -}}
{{- $_ := set $ours "probe" (dict "host" "0.0.0.0" "port" (int $g.probePort)) -}}
{{- $_ := set $ours "audit" $audit -}}
{{- $_ := set $ours "limits" (dict "drain_s" (int $g.drainSeconds) "drain_delay_s" (int $g.drainDelaySeconds)) -}}
{{- $state := dict "path" "/var/lib/guardrail-gw/state.sqlite3" -}}
{{- if not (hasKey (get $g.config "state" | default dict) "path") -}}{{- $_ := set $ours "state" $state -}}{{- end -}}
{{- if $g.access -}}{{- $_ := set $ours "access" (dict "keys_file" "/etc/guardrail-gw/access/keys.yaml") -}}{{- end -}}
{{- toYaml (mergeOverwrite (deepCopy $g.config) $ours) -}}
{{- end -}}

{{/* Rules of a NetworkPolicy: names are resolved. */}}
{{- define "guardrail-gw.dns" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
  to:
    {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
{{- end -}}

{{/* Rules of a NetworkPolicy: (dict "root" $ "port" 8081) is read by who monitors. */}}
{{- define "guardrail-gw.watched" -}}
{{- with .root.Values.networkPolicy.monitoring }}
- ports: [{port: {{ int $.port }}, protocol: TCP}]
  from:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end -}}

{{/* collector.yaml. */}}
{{- define "guardrail-gw.collectorConfig" -}}
{{- $c := .Values.collector -}}
apiVersion: guardrail-gw/v1
kind: Collector
name: {{ $c.name }}
key: /etc/guardrail-gw/key/collector.key
database: /etc/guardrail-gw/database/collect.dsn
listen:
  host: 0.0.0.0
  port: {{ int $c.port }}
  tls:
    certificate: /etc/guardrail-gw/tls/tls.crt
    private_key: /etc/guardrail-gw/tls/tls.key
    clients: /etc/guardrail-gw/clients/clients.pem
watch: {host: 0.0.0.0, port: {{ int $c.probePort }}}
gateways:
  {{- toYaml $c.gateways | nindent 2 }}
{{- end -}}
