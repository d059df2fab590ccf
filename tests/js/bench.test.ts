/** The benchmark runs and says what it should; nothing is asserted on time. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const built = existsSync(join(root, 'build/wasm-relaxed/bench.mjs'));

function bench(...options: string[]): string {
  return execFileSync('node', [join(root, 'tests/bench/run.mjs'), ...options], { encoding: 'utf8', stdio: 'pipe' });
}

describe('the benchmark', () => {
  test('names its sections where it is asked for another', () => {
    expect(() => bench('--only', 'core speed')).toThrow(/there is no section 'speed': core, /);
  });

  test.skipIf(!built)('prints a section and writes the same as JSON', { timeout: 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'phaselens-bench-test-'));
    try {
      const file = join(folder, 'numbers.json');
      expect(bench('--only', 'core', '--crop', '96', '--rounds', '1', '--profile', '--json', file)).toContain('/head/conv');
      const [shape] = JSON.parse(readFileSync(file, 'utf8')).core.shapes;
      expect(shape).toMatchObject({ title: 'EfficientNet-Lite0', crop: 96, batch: 1 });
      const macs = shape.operators.reduce((sum: number, operator: { mmacs: number }) => sum + operator.mmacs, 0);
      expect(macs).toBeCloseTo(shape.mmacs, 0);
      for (const key of ['forward_ms', 'both_ms', 'peak_gmacs']) expect(shape[key]).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
