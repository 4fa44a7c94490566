// `supervised()` keeps one source alive inside of a larger pipe. What stands after it knows nothing of lost connections.
import { bufferCount, concat, defer, interval, map, take, throwError } from 'rxjs';
import { supervised } from 'rxjs-supervisor';

let connections = 0;

/** A thermometer whose line breaks after three readings, whoever reads it. */
const reading$ = defer(() => {
  const first = 3 * connections++ + 18;
  const readings$ = interval(5).pipe(
    take(3),
    map((index) => first + index),
  );
  return concat(
    readings$,
    throwError(() => new Error('line broken')),
  );
});

reading$
  .pipe(
    supervised({
      name: 'thermometer',
      restart: 20,
      onStatus: ({ service, status, restarts }) => {
        console.log(`${service} ${status}, restarts: ${restarts}`);
      },
    }),
    // the buffer is filled across restarts: had the whole pipe been restarted, every third reading would be lost
    bufferCount(2),
    map((pair) => pair.reduce((sum, reading) => sum + reading, 0) / pair.length),
    // four means are enough: that unsubscribes, and unsubscribing stops the source
    take(4),
  )
  .subscribe({
    next: (mean) => {
      console.log(`mean ${mean}`);
    },
    complete: () => {
      console.log(`done, over ${connections} connections`);
    },
  });
