{{/*
The default Authority and Provisioner, which the operator creates at its start if this installation never had them: a
custom resource beside its own CRD cannot be built by helm.
*/}}
{{- define "signet.defaults" -}}
{{- $authority := .Values.defaultAuthority -}}
{{- $provisioner := .Values.defaultProvisioner -}}
{{- if not (has $authority.name .Values.authorities) -}}
{{- fail (printf "defaultAuthority.name is %q, which is not in authorities: add it there" $authority.name) -}}
{{- end -}}
{{- if $authority.enabled }}
authority:
  name: {{ $authority.name }}
  spec:
    root: {{- toYaml ($authority.root | default (dict "generate" dict)) | nindent 6 }}
    trustDomain: {{ .Values.trustDomain }}
    clusterDomain: {{ .Values.clusterDomain }}
    {{- with $authority.dnsNames }}
    dnsNames: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- range $part := list "claims" "crl" "ocsp" "urls" "policy" "admin" }}
    {{- with index $authority $part }}
    {{ $part }}: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
    storage:
      size: {{ $authority.storage.size }}
      {{- with $authority.storage.storageClassName }}
      storageClassName: {{ . }}
      {{- end }}
{{- end }}
{{- if $provisioner.enabled }}
provisioner:
  name: {{ $provisioner.name }}
  spec:
    authorityRef: {name: {{ $authority.name }}}
    type: K8sSA
    k8sSA:
      delegates: [{namespace: {{ .Release.Namespace }}, serviceAccount: signet-operator}]
      requireSourceAddress: {{ $provisioner.requireSourceAddress }}
      usesPerPodPerMinute: {{ $provisioner.usesPerPodPerMinute }}
    {{- with $provisioner.claims }}
    claims: {{- toYaml . | nindent 6 }}
    {{- end }}
{{- end }}
{{- end -}}

{{/* How the operator writes the pods of an Authority. */}}
{{- define "signet.authorityPod" -}}
image: {{ include "signet.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
logLevel: {{ .Values.logLevel }}
{{ toYaml .Values.authority }}
imagePullSecrets: {{- toYaml .Values.imagePullSecrets | nindent 2 }}
{{- end -}}
