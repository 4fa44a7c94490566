/** The rows as they are printed: figures for one service, in ns and bytes. */
export function comparisonTable(rows, figureOf) {
  return rows.map(({ what, figure, otherFigure, limit, ours, other }) => {
    const mine = figureOf(ours, figure);
    const others = figureOf(other, otherFigure);
    const ratio = mine / others;
    return {
      what,
      ours: ours.side,
      figure: Math.round(mine),
      'compared with': compared(ours, other, figure, otherFigure),
      'its figure': Math.round(others),
      ...verdict(ratio, limit),
    };
  });
}

/** What is different about the other side. */
function compared(ours, other, figure, otherFigure) {
  if (figure !== otherFigure) return otherFigure;
  const stop = figure !== 'stop' || ours.stop === other.stop ? '' : `${other.stop} stop`;
  if (ours.side !== other.side) return [other.side, stop].filter(Boolean).join(', ');
  if (stop !== '') return stop;
  return other.alive === undefined ? `${other.count}` : `${other.alive} of ${other.count}`;
}

export function verdict(ratio, limit) {
  const rounded = Number(ratio.toFixed(2));
  if (limit === undefined) return { ratio: rounded, limit: '', mark: '' };
  return { ratio: rounded, limit, mark: ratio <= limit ? 'ok' : 'OVER' };
}

export function peerTable(sides, figureOf) {
  return sides.map(({ side, idle, heap, restarts }) => ({
    side,
    'start, ns': Math.round(figureOf(idle, 'start')),
    'heap, bytes': Math.round(figureOf(heap, 'heap')),
    'CPU of a restart, ns': Math.round(figureOf(restarts, 'cpu')),
  }));
}

/** In Markdown; numbers are aligned at the right. */
export function markdown(rows) {
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(3, ...lines.map((line) => line[column].length)));
  const right = names.map((name) => typeof rows[0][name] === 'number');
  const printed = lines.map((line) =>
    line.map((cell, column) => (right[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))),
  );
  printed.splice(
    1,
    0,
    widths.map((width, column) => '-'.repeat(width - 1) + (right[column] ? ':' : '-')),
  );
  return printed.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
