/* made from lib/ by UPDATE_SURFACE=1 npx jest spec/surface.spec.ts */
import type { Service, ServiceOptions, StatusEvent } from './index.js';
import type { Observable, OperatorFunction } from 'rxjs';

export declare function scriptedService(
  name: string,
  marbles: readonly string[],
  cold: (marbles: string) => Observable<string>,
  options?: ServiceOptions,
): Service<string>;

export declare function sequence(numbers: Iterable<number>): () => number;

export declare function statusMarbles(path?: string): OperatorFunction<StatusEvent, string>;
