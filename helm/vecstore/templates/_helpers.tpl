{{- define "vecstore.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* 52 characters: Kubernetes adds a hash of 10 to it in a label, and "-headless" is added here. */}}
{{- define "vecstore.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "vecstore.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "vecstore.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "vecstore.headless" -}}
{{ include "vecstore.fullname" . }}-headless
{{- end -}}

{{/* The name of the client Service inside the cluster. */}}
{{- define "vecstore.host" -}}
{{ include "vecstore.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end -}}

{{- define "vecstore.selectorLabels" -}}
app.kubernetes.io/name: {{ include "vecstore.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vecstore.labels" -}}
{{ include "vecstore.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "vecstore.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "vecstore.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "vecstore.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "vecstore.secretName" -}}
{{- default (printf "%s-keys" (include "vecstore.fullname" .)) .Values.auth.existingSecret -}}
{{- end -}}

{{/* Whether Prometheus needs a key of its own. */}}
{{- define "vecstore.hasMetricsKey" -}}
{{- if or .Values.metrics.serviceMonitor.enabled .Values.metrics.key -}}true{{- end -}}
{{- end -}}

{{/* The server's YAML file: what is set in `config`, and what the chart knows of keys and TLS. */}}
{{- define "vecstore.config" -}}
{{- $keys := list -}}
{{- range $at, $key := .Values.auth.keys -}}
{{- $entry := pick $key "name" "role" "namespaces" "sha256" -}}
{{- if not $key.sha256 -}}{{- $_ := set $entry "env" (printf "VECSTORE_KEY_%d" $at) -}}{{- end -}}
{{- $keys = append $keys $entry -}}
{{- end -}}
{{- if include "vecstore.hasMetricsKey" . -}}
{{- $keys = append $keys (dict "name" "prometheus" "role" "metrics" "env" "VECSTORE_METRICS_KEY") -}}
{{- end -}}
{{- $own := dict "auth" (dict "keys" $keys) -}}
{{- with .Values.tls -}}
{{- if .enabled -}}
{{- $tls := dict "cert" "/etc/vecstore/tls/tls.crt" "key" "/etc/vecstore/tls/tls.key" -}}
{{- if .clientCaKey -}}{{- $_ := set $tls "client_ca" (printf "/etc/vecstore/tls/%s" .clientCaKey) -}}{{- end -}}
{{- $_ := set $own "tls" $tls -}}
{{- $_ := set $own "allow_plaintext" .allowPlaintext -}}
{{- end -}}
{{- end -}}
{{- toYaml (mustMergeOverwrite (deepCopy .Values.config) $own) -}}
{{- end -}}
