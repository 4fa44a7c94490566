/* made from lib/ by UPDATE_SURFACE=1 npx jest spec/surface.spec.ts */
import type { Service, ServiceOptions, ServiceStatus, Supervisor, SupervisorError } from './index.js';
import type { ResourceLimits, SHARE_ENV } from 'node:worker_threads';

export interface ErrorJson {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorJson;
  readonly errors?: readonly ErrorJson[];
}

export declare class ProcessExitError extends SupervisorError {
  readonly command: string;
  readonly code: number | null;
  readonly signalName: NodeJS.Signals | null;
  readonly stderr: readonly string[];
  constructor(
    command: string,
    code: number | null,
    signalName: NodeJS.Signals | null,
    stderr: readonly string[],
    options?: ErrorOptions,
  );
}

export interface ProcessLine {
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface ProcessServiceOptions extends ServiceOptions {
  cwd?: string | URL;
  env?: NodeJS.ProcessEnv;
  maxLineLength?: number;
  stderrLines?: number;
}

export declare class ProcessStartError extends SupervisorError {
  readonly command: string;
  readonly code: string;
  constructor(command: string, code: string, why: string, options?: ErrorOptions);
}

export interface ServiceJson extends StatusEventJson {
  readonly lastFailure?: {
    readonly time: number;
    readonly error: ErrorJson;
  };
}

export interface StatusEventJson {
  readonly service: string;
  readonly status: ServiceStatus;
  readonly time: number;
  readonly restarts: number;
  readonly final?: boolean;
  readonly restartIn?: number;
  readonly error?: ErrorJson;
}

export interface StatusServerAddress {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

export interface StatusServerOptions extends ServiceOptions {
  port: number;
  host?: string;
  name?: string;
  allowedHosts?: readonly string[];
  commands?: {
    readonly token: string;
  };
  stacks?: boolean;
  heartbeat?: number;
  history?: number;
  maxBuffered?: number;
}

export interface StatusSnapshot {
  readonly supervisor: string;
  readonly time: number;
  readonly commands: boolean;
  readonly heartbeat?: number;
  readonly services: readonly ServiceJson[];
  readonly history?: readonly StatusEventJson[];
}

export declare class WorkerExitError extends SupervisorError {
  readonly code: number;
  constructor(code: number, options?: ErrorOptions);
}

export interface WorkerServiceOptions extends ServiceOptions {
  workerData?: unknown;
  env?: Record<string, string | undefined> | typeof SHARE_ENV;
  argv?: readonly unknown[];
  execArgv?: readonly string[];
  resourceLimits?: ResourceLimits;
}

export declare function onStop(callback: () => void | Promise<void>): () => void;

export declare function processService(
  name: string,
  command: string,
  args?: readonly string[],
  options?: ProcessServiceOptions,
): Service<ProcessLine>;

export declare function shutdownSignal(signals?: Iterable<NodeJS.Signals>): AbortSignal & Disposable;

export declare function statusServer(
  supervisor: Supervisor,
  options: StatusServerOptions,
): Service<StatusServerAddress>;

export declare function workerService<T = unknown>(
  name: string,
  url: string | URL,
  options?: WorkerServiceOptions,
): Service<T>;
