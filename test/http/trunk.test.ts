import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { Trunk } from '../../src/http/trunk.ts'

/** A socket that writes down what is done with it. */
class Line extends EventEmitter {
  readonly done: string[] = []
  readonly bufferedAmount = 0
  send(message: string | Uint8Array) {
    this.done.push(`send ${message}`)
  }
  close(code: number) {
    this.done.push(`close ${code}`)
  }
  terminate() {
    this.done.push('terminate')
  }
  ping() {
    this.done.push('ping')
  }
}

it('a socket of many streams is pinged once a round, and dropped when a ping was not answered', () => {
  const line = new Line()
  const trunk = new Trunk(line)
  trunk.ping()
  line.emit('pong')
  trunk.ping()
  trunk.ping()
  expect(line.done).toEqual(['ping', 'ping', 'terminate'])
})
