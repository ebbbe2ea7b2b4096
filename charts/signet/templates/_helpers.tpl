{{/* Names are fixed: one installation per cluster, and other parts (audiences, dashboards, RBAC) rely on them. */}}

{{- define "signet.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{/* Labels of every object. Call with (dict "root" $ "component" "operator"). */}}
{{- define "signet.labels" -}}
{{ include "signet.selector" . }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* Labels that select the pods of a component; they never change. */}}
{{- define "signet.selector" -}}
app.kubernetes.io/name: signet
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Audience of the default Provisioner: step's fragment rule on the Authority's first DNS name. */}}
{{- define "signet.audience" -}}
https://{{ .Values.defaultAuthority.name }}.{{ .Release.Namespace }}.svc/1.0/sign#k8ssa/{{ .Values.defaultProvisioner.name }}
{{- end -}}

{{/* Pod Security "restricted", for the pod and for its container. */}}
{{- define "signet.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}
{{- define "signet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What every process is told about itself. */}}
{{- define "signet.podEnvironment" -}}
- {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
- {name: POD_UID, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}
- {name: POD_IPS, valueFrom: {fieldRef: {fieldPath: status.podIPs}}}
- {name: SIGNET_LOG_LEVEL, value: {{ .Values.logLevel | quote }}}
{{- end -}}

{{/* Scheduling of a Deployment's pods. Call with (dict "component" "operator" "values" .Values.operator). */}}
{{- define "signet.scheduling" -}}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
topologySpreadConstraints:
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "signet.selector" $ | nindent 8 }}
  {{- end }}
{{- end -}}

{{/* Probes of the health port: live fails when the event loop stalls for 10 s. */}}
{{- define "signet.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: metrics}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: metrics}
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /readyz, port: metrics}
  periodSeconds: 2
  timeoutSeconds: 2
{{- end -}}

{{/* Metadata of the objects of a hook. Call with (dict "hook" "pre-upgrade" "weight" "0"). */}}
{{- define "signet.hook" -}}
helm.sh/hook: {{ .hook }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
