import { Subject } from 'rxjs';
import { service, type Service, type ServiceOptions, Supervisor } from '../../lib/index.js';
import { statusServer, type StatusServerAddress } from '../../lib/node/status-server.js';
import type { StatusServerOptions } from '../../lib/node/status-server-settings.js';

/** A service that does what it is told. */
export interface Puppet {
  readonly service: Service;
  fail(error: Error): void;
  /** Its first value, by which it is ready where `readyOn` is `'value'`. */
  emit(): void;
}

export function puppet(name: string, options?: ServiceOptions): Puppet {
  let run = new Subject<void>();
  return {
    service: service(name, () => (run = new Subject()), options),
    fail: (error) => {
      run.error(error);
    },
    emit: () => {
      run.next();
    },
  };
}

/** A status server that runs. */
export interface Served extends StatusServerAddress {
  stop(): Promise<void>;
}

/** Serves the status of a supervisor, from a supervisor of its own. */
export async function serve(supervisor: Supervisor, options: Partial<StatusServerOptions> = {}): Promise<Served> {
  const status = statusServer(supervisor, { port: 0, ...options });
  const host = new Supervisor([status], { autoShutdown: 'never' });
  const address = new Promise<StatusServerAddress>((resolve) => host.valuesOf(status).subscribe(resolve));
  const running = host.run();
  return {
    ...(await address),
    stop: async () => {
      await host.shutdown();
      await running;
    },
  };
}
