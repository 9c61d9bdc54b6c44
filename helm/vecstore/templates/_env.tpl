{{/* The server's variables, as `env`. What the chart's ports, volumes and times depend on stands here, where no file changes it. */}}
{{- define "vecstore.env" -}}
{{- $secret := include "vecstore.secretName" . -}}
{{- $given := dict -}}
{{- range .Values.extraEnv -}}{{- $_ := set $given .name true -}}{{- end -}}
{{- $env := list
  (dict "name" "VECSTORE_CONFIG" "value" "/etc/vecstore/config/vecstore.yaml")
  (dict "name" "VECSTORE_GRPC" "value" ":50051")
  (dict "name" "VECSTORE_HTTP" "value" ":8080")
  (dict "name" "VECSTORE_DATA" "value" "/data")
  (dict "name" "VECSTORE_DRAIN_TIMEOUT" "value" (printf "%ds" (int .Values.shutdown.drainSeconds)))
  (dict "name" "VECSTORE_ADMIN_KEY" "secret" "admin-key")
-}}
{{- if include "vecstore.hasMetricsKey" . -}}
{{- $env = append $env (dict "name" "VECSTORE_METRICS_KEY" "secret" "metrics-key") -}}
{{- end -}}
{{- range $at, $key := .Values.auth.keys -}}
{{- if not $key.sha256 -}}
{{- $place := default (printf "key-%s" $key.name) $key.secretKey -}}
{{- $env = append $env (dict "name" (printf "VECSTORE_KEY_%d" $at) "secret" $place) -}}
{{- end -}}
{{- end -}}
env:
{{- range $env }}
{{- if not (hasKey $given .name) }}
  - name: {{ .name }}
    {{- if .secret }}
    valueFrom:
      secretKeyRef: {name: {{ $secret }}, key: {{ .secret }}}
    {{- else }}
    value: {{ .value | quote }}
    {{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
