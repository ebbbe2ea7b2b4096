{{/* Who may scrape the metrics port: everyone, or the peers of a list. The kubelet's probes come from the node. */}}
{{- define "signet.metricsIngress" -}}
- ports: [{port: metrics, protocol: TCP}]
  {{- with .Values.networkPolicy.metricsFrom }}
  from: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Name resolution, the API server (its address is not known to a chart: any address, few ports) and the Authorities. */}}
{{- define "signet.egress" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
- ports:
    {{- range .Values.networkPolicy.apiServerPorts }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
- to:
    - podSelector:
        matchLabels: {{- include "signet.selector" (dict "component" "authority") | nindent 10 }}
  ports: [{port: 8443, protocol: TCP}, {port: 9090, protocol: TCP}]
{{- end -}}
