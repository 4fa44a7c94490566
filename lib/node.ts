/**
 * What a supervisor needs of Node: processes, worker threads and a status page as services, and signals.
 *
 * @packageDocumentation
 */
export { onStop } from './node/on-stop.js';
export { ProcessExitError, ProcessStartError } from './node/process-errors.js';
export type { ProcessLine } from './node/process-run.js';
export { processService, type ProcessServiceOptions } from './node/process-service.js';
export { shutdownSignal } from './node/shutdown-signal.js';
export { statusServer, type StatusServerAddress } from './node/status-server.js';
export type { StatusServerOptions } from './node/status-server-settings.js';
export type { ErrorJson, ServiceJson, StatusEventJson, StatusSnapshot } from './node/wire.js';
export { WorkerExitError } from './node/worker-errors.js';
export { workerService, type WorkerServiceOptions } from './node/worker-service.js';
