import { loadKubeConfig } from '../adapters/kubernetes/kube-config.ts'
import { createLogger, parseLogLevel } from '../adapters/telemetry/logger.ts'
import type { ProcessMain } from './processes.ts'
import { untilSignal } from './system.ts'
import { startWebhook } from './webhook-process/runtime.ts'
import { readSettings } from './webhook-process/settings.ts'

/** Process `webhook`: answers reviews until a signal comes. */
export const runWebhook: ProcessMain = async () => {
  const stopped = untilSignal()
  const log = createLogger('webhook', parseLogLevel(process.env['SIGNET_LOG_LEVEL']))
  const settings = readSettings(process.env, { node: process.execPath, bundles: import.meta.dirname })
  const webhook = await startWebhook({ settings, kubeConfig: await loadKubeConfig(process.env), log })
  const signal = await Promise.race([stopped, webhook.failed])
  log.info({ signal }, 'stopping')
  await webhook.stop()
  return 0
}
