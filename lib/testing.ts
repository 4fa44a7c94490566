/**
 * Helpers for marble tests of supervised services, for use with `TestScheduler` of `rxjs/testing`.
 *
 * @packageDocumentation
 */
export { scriptedService } from './testing/scripted-service.js';
export { sequence } from './testing/sequence.js';
export { statusMarbles } from './testing/status-marbles.js';
