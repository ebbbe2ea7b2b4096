import { join } from 'node:path'
import { cgroupName } from './cgroups.ts'
import { kubeconfigPath, network, nodeName, stateDirectory } from './settings.ts'

const inState = (...path: string[]): string => join(stateDirectory, ...path)
const pki = (file: string): string => inState('pki', file)

/** Address of containerd's socket, for `ctr` and the kubelet. */
export const containerdSocket = inState('containerd.sock')

/** Files that the components read, by name below the state directory. */
export const configurationFiles: Readonly<Record<string, string>> = {
  // Without a name server: the cluster is closed, and a query for a name outside it fails at once.
  'resolv.conf': '',
  'containerd.toml': `version = 2
root = "${inState('containerd', 'root')}"
state = "/run/containerd-state"
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${inState('cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
`,
  'cni/10-bridge.conflist': JSON.stringify({
    cniVersion: '0.4.0',
    name: 'bridge',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: inState('ipam'),
          ranges: [[{ subnet: network.pods }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }),
  'kubelet.json': JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroupName}`,
    failSwapOn: false,
    clusterDomain: 'cluster.local',
    clusterDNS: [network.dnsService],
    resolvConf: inState('resolv.conf'),
    maxPods: 250,
    authentication: {
      anonymous: { enabled: false },
      x509: { clientCAFile: pki('ca.crt') },
      webhook: { enabled: true },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    enforceNodeAllocatable: [],
    // The default of 5 per second would slow 40 pods that start at once for reasons that are not ours.
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    featureGates: { ClusterTrustBundle: true, ClusterTrustBundleProjection: true, PodCertificateRequest: true },
    tlsCertFile: pki('node.crt'),
    tlsPrivateKeyFile: pki('node.key'),
  }),
  'kube-proxy.json': JSON.stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clusterCIDR: network.pods,
    clientConnection: { kubeconfig: inState('proxy.conf') },
    hostnameOverride: nodeName,
    conntrack: { maxPerCore: 0, min: 0 },
  }),
}

/** Directory of Kubernetes' own binaries → command line of each component, in the order in which they start. */
export function componentCommands(binaries: string): Readonly<Record<ComponentName, readonly string[]>> {
  const binary = (name: string): string => join(binaries, name)
  return {
    etcd: [
      'etcd',
      `--data-dir=${inState('etcd')}`,
      '--listen-client-urls=http://127.0.0.1:2379',
      '--advertise-client-urls=http://127.0.0.1:2379',
      '--listen-peer-urls=http://127.0.0.1:2380',
    ],
    containerd: ['containerd', `--config=${inState('containerd.toml')}`],
    'kube-apiserver': [
      binary('kube-apiserver'),
      '--etcd-servers=http://127.0.0.1:2379',
      `--secure-port=${network.apiPort}`,
      `--advertise-address=${network.node}`,
      `--tls-cert-file=${pki('apiserver.crt')}`,
      `--tls-private-key-file=${pki('apiserver.key')}`,
      `--client-ca-file=${pki('ca.crt')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${pki('sa.pub')}`,
      `--service-account-signing-key-file=${pki('sa.key')}`,
      `--service-cluster-ip-range=${network.services}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged',
      `--kubelet-client-certificate=${pki('admin.crt')}`,
      `--kubelet-client-key=${pki('admin.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--feature-gates=ClusterTrustBundle=true,ClusterTrustBundleProjection=true,PodCertificateRequest=true',
      '--runtime-config=certificates.k8s.io/v1beta1=true',
    ],
    'kube-controller-manager': [
      binary('kube-controller-manager'),
      `--kubeconfig=${inState('controller-manager.conf')}`,
      `--service-account-private-key-file=${pki('sa.key')}`,
      `--root-ca-file=${pki('ca.crt')}`,
      `--cluster-signing-cert-file=${pki('ca.crt')}`,
      `--cluster-signing-key-file=${pki('ca.key')}`,
      '--use-service-account-credentials',
      '--leader-elect=false',
      '--feature-gates=ClusterTrustBundle=true,PodCertificateRequest=true',
    ],
    'kube-scheduler': [binary('kube-scheduler'), `--kubeconfig=${inState('scheduler.conf')}`, '--leader-elect=false'],
    kubelet: [
      binary('kubelet'),
      `--config=${inState('kubelet.json')}`,
      `--kubeconfig=${inState('node.conf')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.node}`,
      `--root-dir=${inState('kubelet')}`,
      `--cert-dir=${inState('kubelet', 'pki')}`,
    ],
    'kube-proxy': [binary('kube-proxy'), `--config=${inState('kube-proxy.json')}`],
    'volume-provisioner': [
      process.execPath,
      join(import.meta.dirname, 'volume-provisioner.ts'),
      kubeconfigPath,
      inState('volumes'),
    ],
  }
}

export type ComponentName =
  | 'etcd'
  | 'containerd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'volume-provisioner'
