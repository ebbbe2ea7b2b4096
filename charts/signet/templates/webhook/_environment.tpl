{{/*
What the webhook's own serving certificate may hold: it enrols like any other pod. No SPIFFE ID: nobody looks for one, and
the trust domain of an Authority that is there already may be another than the value.
*/}}
{{- define "signet.webhookRequest" -}}
commonName: signet-webhook.{{ .Release.Namespace }}.svc
dnsNames: [signet-webhook.{{ .Release.Namespace }}.svc]
ipAddresses: []
uris: []
emailAddresses: []
podIPs: false
keyAlgorithm: EC-P256
{{- end -}}

{{/* How the webhook writes the injected containers. */}}
{{- define "signet.injection" -}}
image: {{ include "signet.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
bootstrap: {{- toYaml .Values.injection.bootstrap.resources | nindent 2 }}
renew: {{- toYaml .Values.injection.renew.resources | nindent 2 }}
{{- end -}}
