// In place of mime-db in the bundles: express loads its 2,500 types, which are 2.6 MiB of the process, to find the name of those
// that it sends, and these are ours.
module.exports = {
  'application/json': { charset: 'UTF-8', extensions: ['json'] },
  'text/html': { extensions: ['html'] },
  'text/plain': { extensions: ['txt'] },
}
