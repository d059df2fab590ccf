/** What the package brings: its files lie where the entry says, and the list of models needs no request. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { magnitudeFiles, modelFiles, wasmFiles, workerFile } from '../../build/modules/base/packaged.js';
import { file, packaged } from '../../wasm/toolchain/packaged.mjs';
import { dist, loadManifest, realModel } from './support.js';

const published = (name: string) => new URL(`phaselens/${name}`, dist);

describe('the packaged files', () => {
  it('are those of models/manifest.json', () => {
    expect(fs.readFileSync(file, 'utf8')).toBe(packaged());
  });

  it('have addresses that are literal, beside the entry, and exported by the package', () => {
    const addresses = [
      workerFile,
      ...Object.values(wasmFiles),
      ...Object.values(modelFiles),
      ...Object.values(magnitudeFiles).map(({ url }) => url),
    ];
    const names = addresses.map(
      (address) => /^\(\) => new URL\('phaselens\/([^']+)', import\.meta\.url\)$/.exec(String(address))![1]!,
    );
    const entry = fs.readFileSync(new URL('index.js', dist), 'utf8');
    const { exports } = JSON.parse(fs.readFileSync(new URL('../package.json', dist), 'utf8')) as {
      exports: Record<string, string>;
    };
    for (const name of names) {
      expect(entry).toContain(`new URL("phaselens/${name}", import.meta.url)`);
      const subpath = exports[`./${name}`] ?? exports['./models/*']!.replace('*', name.replace('models/', ''));
      expect(subpath).toBe(`./dist/phaselens/${name}`);
    }
    expect(entry.replace(/new URL\("[^"]+", import\.meta\.url\)/g, '')).not.toContain('import.meta');
  });

  it('are too large for bundlers that put small ones into scripts', () => {
    for (const address of [workerFile, ...Object.values(wasmFiles)]) {
      const name = String(address).match(/phaselens\/([^']+)/)![1]!;
      expect(fs.statSync(published(name)).size).toBeGreaterThan(4096);
    }
  });

  it.skipIf(!realModel)('are listed without a request', async () => {
    const [entry] = await loadManifest();
    expect(entry).toMatchObject({ id: 'efficientnet-lite0', labelsUrl: published('models/imagenet-labels.txt').href });
    expect(fileURLToPath(entry!.url)).toBe(realModel);
  });
});
