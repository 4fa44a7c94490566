/** How deep a path is: 0 for a service of the supervisor itself. */
export function depthOf(path: string): number {
  return path.split('/').length - 1;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function parentOf(path: string): string | undefined {
  const end = path.lastIndexOf('/');
  return end < 0 ? undefined : path.slice(0, end);
}

/** All supervisors above a path, the nearest first. */
export function ancestorsOf(path: string): readonly string[] {
  const found: string[] = [];
  for (let parent = parentOf(path); parent !== undefined; parent = parentOf(parent)) found.push(parent);
  return found;
}

/** Where a new path belongs in the order: after all that is in the same supervisor. */
export function placeOf(path: string, order: readonly string[]): number {
  const parent = parentOf(path);
  if (parent === undefined) return order.length;
  const last = order.findLastIndex((each) => each === parent || each.startsWith(`${parent}/`));
  return last < 0 ? order.length : last + 1;
}

/** How many services there are below each supervisor. */
export function countBelow(order: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of order) {
    for (const above of ancestorsOf(path)) counts.set(above, (counts.get(above) ?? 0) + 1);
  }
  return counts;
}
