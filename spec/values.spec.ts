import { NEVER } from 'rxjs';
import { service } from '../lib/service.js';
import { Values } from '../lib/values.js';

describe('Values', () => {
  const a = service('a', NEVER);
  const b = service('b', NEVER);

  it('reach those who listen to that service, from then on, until they leave', () => {
    const values = new Values();
    const seen: unknown[] = [];
    const of = values.of(a);
    values.emit(a, 0);
    const early = of.subscribe((value) => seen.push(['early', value]));
    values.emit(a, 1);
    values.emit(b, 2);
    const late = of.subscribe((value) => seen.push(['late', value]));
    values.emit(a, 3);
    early.unsubscribe();
    values.emit(a, 4);
    late.unsubscribe();
    values.emit(a, 5);
    expect(seen).toEqual([
      ['early', 1],
      ['early', 3],
      ['late', 3],
      ['late', 4],
    ]);
  });

  it('reach those who come again after all have left', () => {
    const values = new Values();
    const seen: unknown[] = [];
    const of = values.of(a);
    of.subscribe().unsubscribe();
    of.subscribe((value) => seen.push(value));
    values.emit(a, 'x');
    expect(seen).toEqual(['x']);
  });

  it('belong to the service itself, not to its name', () => {
    const values = new Values();
    const seen: unknown[] = [];
    values.of(service('a', NEVER)).subscribe((value) => seen.push(value));
    values.emit(a, 'x');
    expect(seen).toEqual([]);
  });

  it('may be listened to and left from inside a listener', () => {
    const values = new Values();
    const seen: unknown[] = [];
    const of = values.of(a);
    const listenToo = () => of.subscribe((value) => seen.push(['second', value]));
    const first = of.subscribe((value) => {
      seen.push(['first', value]);
      first.unsubscribe();
      listenToo();
    });
    values.emit(a, 1);
    values.emit(a, 2);
    expect(seen).toEqual([
      ['first', 1],
      ['second', 2],
    ]);
  });

  it('are not kept, and neither are their services, where nobody listens', () => {
    const kept = jest.spyOn(Map.prototype, 'set');
    const forgotten = jest.spyOn(Map.prototype, 'delete');
    try {
      const values = new Values();
      values.emit(a, 1);
      const of = values.of(a);
      expect(kept).not.toHaveBeenCalledWith(a, expect.anything());
      const [one, other] = [of.subscribe(), of.subscribe()];
      expect(kept).toHaveBeenCalledWith(a, expect.anything());
      one.unsubscribe();
      expect(forgotten).not.toHaveBeenCalledWith(a);
      other.unsubscribe();
      expect(forgotten).toHaveBeenCalledWith(a);
    } finally {
      kept.mockRestore();
      forgotten.mockRestore();
    }
  });
});
