/** <phase-lens> in the templates of frameworks: its attributes follow their state, and its events come. */
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { show, useChromium } from './page';
import { makeProject } from './project';
import { html, serveBuilt } from './support';
import { versions } from './versions';

useChromium();

/** Sums of the pictures of two seeds, when there are both: the second is asked for when the first is there. */
const heard = `
const sums = []
export function hear({ detail: { frame } }) {
  sums.push(frame.data.reduce((sum, value) => (sum * 31 + value) % 4294967291, 0))
  if (sums.length === 2) globalThis.told = { sum: sums[0], next: sums[1] }
}
`;

const small = { size: 64, steps: 3, crops: 2 };
const page = html('/main').replace('<body>', '<body><div id="app"></div>');

const plain = `
import 'phaselens/define'
import { hear } from './heard.js'
const lens = Object.assign(document.createElement('phase-lens'), ${JSON.stringify({ ...small, cropSize: 64, unit: 'goldfish', seed: 1, autoplay: true })})
lens.addEventListener('finish', (event) => { hear(event); lens.seed = 2 })
document.body.append(lens)
`;

const react = `
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import 'phaselens/define'
import { hear } from './heard.js'

function Figure() {
  const [seed, setSeed] = useState(1)
  return <phase-lens unit="goldfish" seed={seed} size={64} steps={3} crops={2} cropSize={64} autoplay
    onfinish={(event) => { hear(event); setSeed(2) }} />
}
createRoot(document.getElementById('app')!).render(<Figure />)

// @ts-expect-error: types come with the package
export const wrong = <phase-lens size="large" />
`;

const vue = `
<script setup>
import { ref } from 'vue'
import 'phaselens/define'
import { hear } from './heard.js'
const seed = ref(1)
</script>
<template>
  <phase-lens unit="goldfish" :seed="seed" :size="64" :steps="3" :crops="2" :crop-size="64" autoplay @finish="(event) => { hear(event); seed = 2 }" />
</template>
`;

const svelte = `
<script>
  import 'phaselens/define'
  import { hear } from './heard.js'
  let seed = $state(1)
</script>
<phase-lens unit="goldfish" {seed} size={64} steps={3} crops={2} cropSize={64} autoplay onfinish={(event) => { hear(event); seed = 2 }}></phase-lens>
`;

const vueConfig = `import vue from '@vitejs/plugin-vue'
export default { plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.includes('-') } } })] }`;
const svelteConfig = `import { svelte } from '@sveltejs/vite-plugin-svelte'
export default { plugins: [svelte()] }`;

/** As strict as TypeScript is asked to be, declarations of others included. */
const typescript = JSON.stringify({
  compilerOptions: {
    strict: true,
    jsx: 'react-jsx',
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
    allowJs: true,
    noEmit: true,
    skipLibCheck: false,
  },
  include: ['main.tsx'],
});

const hosts: [string, Record<string, string>, Record<string, string>][] = [
  ['no framework', versions.vite8, { 'main.js': plain }],
  ['React', versions.react, { 'main.tsx': react, 'tsconfig.json': typescript }],
  [
    'Vue',
    versions.vue,
    {
      'main.js': "import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('#app')",
      'App.vue': vue,
      'vite.config.js': vueConfig,
    },
  ],
  [
    'Svelte',
    versions.svelte,
    {
      'main.js': "import { mount } from 'svelte'\nimport App from './App.svelte'\nmount(App, { target: document.body })",
      'App.svelte': svelte,
      'vite.config.js': svelteConfig,
    },
  ],
];

let expected: unknown;

it.each(hosts)('%s shows the same pictures', async (name, tools, files) => {
  const script = Object.keys(files).find((file) => file.startsWith('main'))!;
  const project = await makeProject(tools, { ...files, 'heard.js': heard, 'index.html': page.replace('/main', `/${script}`) });
  if (name === 'React')
    await project.run('node', resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc'), '-p', '.');
  const { told } = await show(await serveBuilt(project, ['vite', 'build'], 'dist'));
  const { sum, next } = told as { sum: number; next: number };
  expect(next).not.toBe(sum);
  expected ??= told;
  expect(told).toEqual(expected);
});
