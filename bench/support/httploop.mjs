/**
 * The least that a check is: `node httploop.mjs URLS` asks each once a second over a connection of its own, and keeps
 * nothing.
 */
import { Agent, get } from 'node:http'

const urls = JSON.parse(process.argv[2])
const agent = new Agent({ keepAlive: false })
const ask = (url) => get(url, { agent }, (response) => response.resume()).on('error', () => {})
urls.forEach((url, i) => {
  setTimeout(() => setInterval(() => ask(url), 1000), (i * 1000) / urls.length)
})
