// In place of @opentelemetry/api in the bundles: prom-client loads it at once, and calls it for exemplars only, which we do not
// count. It took a tenth of the start of each process.
module.exports = {}
