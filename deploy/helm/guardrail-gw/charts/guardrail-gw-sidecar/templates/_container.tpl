{{/* The sidecar's container, from its values. */}}
{{- define "guardrail-gw-sidecar.container" -}}
name: guardrail-gw
image: {{ .image | quote }}
{{- if eq .form "native" }}
restartPolicy: Always
{{- end }}
args: [serve, --config, /etc/guardrail-gw/config/gateway.yaml, --profile, sidecar, --log-level, {{ .logLevel }}]
ports:
  - {name: gw-probe, containerPort: {{ int .probePort }}, protocol: TCP}
{{ include "guardrail-gw-sidecar.probes" (dict "port" "gw-probe") }}
{{- if eq .form "plain" }}
lifecycle:
  postStart:
    exec:
      command: [guardrail-gw, ready, --url, "http://127.0.0.1:{{ int .probePort }}", --within, "300"]
{{- end }}
resources:
  {{- toYaml .resources | nindent 2 }}
securityContext:
  {{- include "guardrail-gw-sidecar.securityContext" (dict "user" .user) | nindent 2 }}
volumeMounts:
  - {name: guardrail-gw-config, mountPath: /etc/guardrail-gw/config, readOnly: true}
  - {name: guardrail-gw-policies, mountPath: /etc/guardrail-gw/policies, readOnly: true}
  - {name: guardrail-gw-audit-public, mountPath: /etc/guardrail-gw/audit-public, readOnly: true}
  - {name: guardrail-gw-keys, mountPath: /etc/guardrail-gw/keys, readOnly: true}
  {{- if .credentials }}
  - {name: guardrail-gw-credentials, mountPath: /etc/guardrail-gw/credentials, readOnly: true}
  {{- end }}
  {{- if .collectorTls }}
  - {name: guardrail-gw-collector-tls, mountPath: /etc/guardrail-gw/collector-tls, readOnly: true}
  {{- end }}
  - {name: guardrail-gw-spool, mountPath: /var/lib/guardrail-gw}
  - {name: guardrail-gw-tmp, mountPath: /tmp}
  {{- if .listen.unix }}
  - {name: guardrail-gw-socket, mountPath: /run/guardrail-gw}
  {{- end }}
{{- end -}}

{{/* Probes of a gateway: the application is started when it is ready; ready means that it can serve by its policies. */}}
{{- define "guardrail-gw-sidecar.probes" -}}
startupProbe:
  httpGet: {path: /readyz, port: {{ .port }}}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 150
livenessProbe:
  httpGet: {path: /livez, port: {{ .port }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /readyz, port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 2
{{- end -}}

{{/* What the Pod Security level `restricted` asks of a container, and a tree nobody can write. */}}
{{- define "guardrail-gw-sidecar.securityContext" -}}
runAsNonRoot: true
runAsUser: {{ int .user }}
runAsGroup: {{ int .user }}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* The volumes of a sidecar, as `volumes:`. Secrets are root's, lent to the pod's group: 0440. */}}
{{- define "guardrail-gw-sidecar.volumes" -}}
volumes:
  - {name: guardrail-gw-config, configMap: {name: {{ .config }}}}
  - {name: guardrail-gw-policies, configMap: {name: {{ .policies }}}}
  - {name: guardrail-gw-audit-public, configMap: {name: {{ .auditPublic }}}}
  - {name: guardrail-gw-keys, secret: {secretName: {{ .keys }}, defaultMode: 288}}
  {{- if .credentials }}
  - {name: guardrail-gw-credentials, secret: {secretName: {{ .credentials }}, defaultMode: 288}}
  {{- end }}
  {{- if .collectorTls }}
  - {name: guardrail-gw-collector-tls, secret: {secretName: {{ .collectorTls }}, defaultMode: 288}}
  {{- end }}
  {{- if eq .spool.kind "emptyDir" }}
  - {name: guardrail-gw-spool, emptyDir: {sizeLimit: {{ .spool.size }}}}
  {{- else if eq .spool.kind "claim" }}
  - {name: guardrail-gw-spool, persistentVolumeClaim: {claimName: {{ .spool.claim }}}}
  {{- end }}
  - {name: guardrail-gw-tmp, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
  {{- if .listen.unix }}
  - {name: guardrail-gw-socket, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  {{- end }}
{{- end -}}

{{/* The claim that each pod of a StatefulSet gets for its spool. */}}
{{- define "guardrail-gw-sidecar.claimTemplate" -}}
metadata: {name: guardrail-gw-spool}
spec:
  accessModes: [ReadWriteOnce]
  {{- if .spool.storageClass }}
  storageClassName: {{ .spool.storageClass }}
  {{- end }}
  resources: {requests: {storage: {{ .spool.size }}}}
{{- end -}}
