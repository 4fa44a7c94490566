import type { SchedulerLike } from 'rxjs';
import { checkFromZero, checkName, checkObject, checkOneOf, expected, isObject } from './check.js';
import { DuplicateServiceError } from './errors.js';
import type { Logger } from './logger.js';
import {
  DEFAULT_RESTART,
  restartPolicy,
  type RestartMode,
  type RestartOptions,
  type RestartPolicy,
} from './restart.js';
import type { AutoShutdown } from './significance.js';
import type { Strategy } from './strategy.js';
import { subtreeOf } from './subtree.js';
import { checkServiceOptions, type ReadyOn, type Service } from './service.js';

/** What stands in a list of services for one that is not there: `debug && service(...)`. It is skipped. */
export type Falsy = false | null | undefined | 0 | 0n | '';

/** Options of a supervisor. Times are in ms. */
export interface SupervisorOptions {
  /** Its name as a service of another supervisor. Default `'supervisor'`. */
  name?: string;
  /**
   * Which services are restarted where one is: it alone; all (`'one-for-all'`); it and those after it in the list
   * (`'rest-for-one'`). The others are stopped gracefully, as `stopOrder` says, and all are started in the order of the list when they
   * are down and the delay of the one has passed. Default `'one-for-one'`.
   */
  strategy?: Strategy;
  /** Restart policy of all services that have none of their own. Default: always, after `exponential()`. */
  restart?: RestartMode | number | RestartOptions;
  /** Grace in ms: how long a service may take to end once it has been asked to. Default 5 000. */
  shutdown?: number;
  /** One after another, the last in the list first; or all at once. Default `'reverse'`. */
  stopOrder?: 'reverse' | 'concurrent';
  /**
   * Whether the supervisor ends by itself: `'all-significant'` when the last significant service has ended for good by itself,
   * `'any-significant'` when one has, `'never'` stays until aborted. Default `'all-significant'`.
   */
  autoShutdown?: AutoShutdown;
  /** The clock of all that waits. Default: that of the supervisor that it is a service of, or `asyncScheduler`. */
  scheduler?: SchedulerLike;
  /**
   * Told every event (`debug`), a failure that is restarted and a teardown error that is swallowed (`warn`), a final failure
   * and a service out of its grace (`error`). Default: that of the supervisor that it is a service of, or silent.
   */
  logger?: Logger;
}

/** The same, complete. */
export interface SupervisorSettings {
  readonly name: string;
  readonly strategy: Strategy;
  readonly stopOrder: 'reverse' | 'concurrent';
  readonly autoShutdown: AutoShutdown;
  /** Where it has none of its own, its parent's. */
  readonly scheduler: SchedulerLike | undefined;
  readonly logger: Logger | undefined;
  /** Of every service that has no options of its own. */
  readonly services: ServiceSettings;
}

export interface ServiceSettings {
  readonly restart: RestartPolicy;
  readonly shutdown: number;
  readonly readyOn: ReadyOn;
  readonly startTimeout: number;
  readonly significant: boolean;
}

/** A service of a supervisor, with the settings it has there. */
export interface Member {
  readonly service: Service;
  readonly settings: ServiceSettings;
}

export function supervisorSettings(options: SupervisorOptions): SupervisorSettings {
  checkObject('options', options);
  const { name = 'supervisor', strategy = 'one-for-one', shutdown = 5_000, scheduler, logger } = options;
  const { stopOrder = 'reverse', autoShutdown = 'all-significant' } = options;
  checkName('name', name);
  checkOneOf('strategy', strategy, ['one-for-one', 'one-for-all', 'rest-for-one']);
  checkFromZero('shutdown', shutdown);
  checkOneOf('stopOrder', stopOrder, ['reverse', 'concurrent']);
  checkOneOf('autoShutdown', autoShutdown, ['never', 'any-significant', 'all-significant']);
  if (scheduler !== undefined) checkObject('scheduler', scheduler, 'now', 'schedule');
  if (logger !== undefined) checkObject('logger', logger, 'debug', 'info', 'warn', 'error');
  const restart = restartPolicy(DEFAULT_RESTART, options.restart);
  const services: ServiceSettings = { restart, shutdown, readyOn: 'start', startTimeout: Infinity, significant: true };
  return { name, strategy, stopOrder, autoShutdown, scheduler, logger, services };
}

/** A service as it stands in a supervisor of these settings. */
export function member(name: string, service: Service, settings: SupervisorSettings): Member {
  checkService(name, service);
  return { service, settings: serviceSettings(service, settings.services) };
}

/** The services of a list by name, in the order of the list. */
export function members(services: Iterable<Service | Falsy>, settings: SupervisorSettings): Map<string, Member> {
  if (typeof (services as Partial<typeof services> | undefined)?.[Symbol.iterator] !== 'function') {
    throw new TypeError(expected('services', 'an iterable of services', services));
  }
  const found = new Map<string, Member>();
  let index = 0;
  for (const service of services) {
    if (service) {
      const made = member(`services[${index}]`, service, settings);
      if (found.has(service.name)) throw new DuplicateServiceError(service.name);
      found.set(service.name, made);
    }
    index++;
  }
  return found;
}

function checkService(name: string, service: unknown): asserts service is Service {
  if (!isObject(service) || !('run' in service) || typeof service.run !== 'function') {
    throw new TypeError(expected(name, 'a service: an object with a `name` and a function `run`', service));
  }
  checkName(`${name}.name`, (service as Service).name);
}

function serviceSettings(service: Service, given: ServiceSettings): ServiceSettings {
  const { options } = service;
  // a supervisor knows the grace of each of its services, and so needs none of its own
  const base = subtreeOf(service) === undefined ? given : { ...given, shutdown: Infinity };
  if (options === undefined) return base;
  checkServiceOptions(options);
  const { shutdown = base.shutdown, readyOn = base.readyOn } = options;
  const { startTimeout = base.startTimeout, significant = base.significant } = options;
  return { restart: restartPolicy(base.restart, options.restart), shutdown, readyOn, startTimeout, significant };
}
