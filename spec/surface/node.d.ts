/* made from lib/ by UPDATE_SURFACE=1 npx jest spec/surface.spec.ts */
import type { Service, ServiceOptions, SupervisorError } from './index.js';
import type { ResourceLimits, SHARE_ENV } from 'node:worker_threads';

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

export declare function workerService<T = unknown>(
  name: string,
  url: string | URL,
  options?: WorkerServiceOptions,
): Service<T>;
