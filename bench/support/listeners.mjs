/** Opens sockets and measures the gaps between their messages: `node listeners.mjs URL COUNT SECONDS`. */
import { WebSocket } from 'ws'

const [url, count, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const gaps = []
let messages = 0
let counting = false
const open = () =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    let last = 0
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.on('message', () => {
      const now = performance.now()
      if (counting) {
        messages++
        if (last > 0) gaps.push(now - last)
      }
      last = now
    })
  })
for (let opened = 0; opened < count; opened += 100)
  await Promise.all(Array.from({ length: Math.min(100, count - opened) }, open))
console.log('open')
await new Promise((resolve) => setTimeout(resolve, 3000))
counting = true
console.log('begin')
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
counting = false
gaps.sort((a, b) => a - b)
const at = (part) => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * part))]
console.log(JSON.stringify({ messages, p50: at(0.5), p99: at(0.99), max: gaps.at(-1) }))
process.exit(0)
