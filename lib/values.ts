import { Observable, Subject } from 'rxjs';
import type { Service } from './service.js';

/** The values of services, for those who listen. Nothing is kept of a service that nobody listens to. */
export class Values {
  readonly #subjects = new Map<Service, Subject<unknown>>();

  emit(service: Service, value: unknown): void {
    this.#subjects.get(service)?.next(value);
  }

  of<T>(service: Service<T>): Observable<T> {
    return new Observable((subscriber) => {
      const subject = (this.#subjects.get(service) as Subject<T> | undefined) ?? new Subject<T>();
      this.#subjects.set(service, subject as Subject<unknown>);
      subscriber.add(subject.subscribe(subscriber));
      return () => {
        if (!subject.observed) this.#subjects.delete(service);
      };
    });
  }
}
