/** The tools that the package is tried in, each in one version. */
export const versions = {
  vite7: { vite: '7.3.8' },
  vite8: { vite: '8.3.8' },
  webpack: { webpack: '5.113.0', 'webpack-cli': '7.3.1' },
  rollup: { rollup: '4.67.4', '@rollup/plugin-node-resolve': '16.0.3' },
  esbuild: { esbuild: '0.28.2' },
  parcel: { parcel: '2.16.4' },
  next: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
  bun: { bun: '1.4.5' },
  deno: { deno: '2.9.6' },
  observable: { '@observablehq/framework': '1.13.4' },
  checks: { publint: '0.3.25', '@arethetypeswrong/cli': '0.18.5' },
  /** The first and the last of the fifth, and those since. */
  typescript: {
    ts50: 'npm:typescript@5.0.4',
    ts59: 'npm:typescript@5.9.3',
    ts6: 'npm:typescript@6.0.3',
    ts7: 'npm:typescript@7.0.2',
  },
  react: { vite: '8.3.8', react: '19.3.1', 'react-dom': '19.3.1', '@types/react': '19.3.3', '@types/react-dom': '19.3.0' },
  vue: { vite: '8.3.8', vue: '3.5.45', '@vitejs/plugin-vue': '6.0.11' },
  svelte: { vite: '8.3.8', svelte: '5.57.3', '@sveltejs/vite-plugin-svelte': '7.3.1' },
  none: {},
} as const satisfies Record<string, Record<string, string>>;
