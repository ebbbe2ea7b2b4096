/** What `step ca provisioner add NAME` gets, and the spec of the object that comes of it, without its Authority. */
export const additions: readonly (readonly [name: string, line: string, spec: object])[] = [
  [
    'people',
    '--type OIDC --client-id signet --client-secret public --configuration-endpoint https://accounts.example.com --domain example.com --listen-address :10000',
    {
      type: 'OIDC',
      oidc: {
        clientID: 'signet',
        clientSecret: 'public',
        configurationEndpoint: 'https://accounts.example.com',
        domains: ['example.com'],
        listenAddress: ':10000',
        requireVerifiedEmail: false,
      },
    },
  ],
  [
    'ec2',
    '--type AWS --aws-account 123456789012 --instance-age 1h --disable-custom-sans',
    {
      type: 'AWS',
      aws: {
        accounts: ['123456789012'],
        instanceAge: '1h0m0s',
        disableCustomSANs: true,
        disableTrustOnFirstUse: false,
      },
    },
  ],
  [
    'gce',
    '--type GCP --gcp-service-account a@example.com --gcp-project one --disable-trust-on-first-use',
    {
      type: 'GCP',
      gcp: {
        serviceAccounts: ['a@example.com'],
        projectIDs: ['one'],
        disableCustomSANs: false,
        disableTrustOnFirstUse: true,
      },
    },
  ],
  [
    'vms',
    '--type Azure --azure-tenant tenant --azure-resource-group group',
    {
      type: 'Azure',
      azure: {
        tenantID: 'tenant',
        resourceGroups: ['group'],
        audience: 'https://management.azure.com/',
        disableCustomSANs: false,
        disableTrustOnFirstUse: false,
      },
    },
  ],
]
