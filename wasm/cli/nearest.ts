/** What somebody may have meant. */

/** How many letters are added, left out, changed or swapped with the next. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, x) => x)];
  for (let y = 1; y <= one.length; y++) {
    const row = [y];
    for (let x = 1; x <= other.length; x++) {
      const changed = rows[y - 1]![x - 1]! + (one[y - 1] === other[x - 1] ? 0 : 1);
      const swapped = one[y - 1] === other[x - 2] && one[y - 2] === other[x - 1] ? rows[y - 2]![x - 2]! + 1 : changed;
      row.push(Math.min(row[x - 1]! + 1, rows[y - 1]![x]! + 1, changed, swapped));
    }
    rows.push(row);
  }
  return rows[one.length]![other.length]!;
}

/** A sentence that proposes the name which is most like `name`; empty where none is. */
export function suggest(name: string, names: readonly string[], write = (near: string) => near): string {
  const far = Math.ceil(name.length / 3) + 1;
  const [near] = names
    .map((known) => ({ known, far: distance(name.toLowerCase(), known.toLowerCase()) }))
    .filter((one) => one.far < far)
    .sort((a, b) => a.far - b.far);
  return near ? ` Is it ${write(near.known)}?` : '';
}
