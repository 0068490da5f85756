/** Builds the page into dist/web: two entries, hashed names, nothing inline (the CSP allows none). */
import { defineConfig } from 'vite'

/** A treering that the development server takes its data from. */
const BACKEND = process.env.TREERING_URL ?? 'http://127.0.0.1:8888'
const ROUTES = [
  '/live',
  '/metrics',
  '/health',
  '/host',
  '/status.json',
  '/counters',
  '/process',
  '/login',
  '/style.css',
]

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: ['index.html', 'status.html'] },
  },
  server: {
    proxy: Object.fromEntries(
      ROUTES.map((route) => [route, { target: BACKEND, ws: route === '/live', changeOrigin: true }]),
    ),
  },
})
