/** Where task numbers can be kept: each with a place of its own for a test. */
import { afterAll, type TestContext } from 'vitest'
import {
  fileTaskNumbers,
  memoryTaskNumbers,
  postgresTaskNumbers,
  redisTaskNumbers,
  type TaskIdentity,
  type TaskNumAllocator,
} from '../../../src/process/task/index.ts'
import { newFolder } from '../../support/folder.ts'
import { need, needProgram } from '../../support/need.ts'
import { postgresPrograms, postgresServer, redisServer, type Server } from './servers.ts'

export const TASK: TaskIdentity = { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'a1' }

/** Time enough for anything here. */
export const soon = (): AbortSignal => AbortSignal.timeout(20_000)

/** One place, shared by allocators as processes share it. */
export interface Place {
  /** What a child process needs to open it. */
  readonly options: Record<string, string>
  open(leaseMs?: number): TaskNumAllocator
}

export type PlaceName = 'memory' | 'file' | 'redis' | 'postgres'
export const SHARED_PLACES = ['file', 'redis', 'postgres'] as const satisfies PlaceName[]

/** Gives each test a place; servers are started once for a test file and ended after it. */
export function places(): (name: PlaceName, context: TestContext) => Promise<Place> {
  const servers = new Map<string, Promise<Server>>()
  let count = 0
  afterAll(async () => {
    for (const server of servers.values()) await (await server).close()
  })
  const server = (name: string, start: () => Promise<Server>): Promise<Server> => {
    const running = servers.get(name) ?? start()
    servers.set(name, running)
    return running
  }
  return async (name, context) => {
    const own = `test_${count++}`
    switch (name) {
      case 'memory': {
        // Of instances in one process: they share the allocator itself, with the lease it was opened with first.
        let shared: TaskNumAllocator | undefined
        const open = (leaseMs?: number) => {
          shared ??= memoryTaskNumbers({ leaseMs })
          return shared
        }
        return { options: { type: name }, open }
      }
      case 'file': {
        const dir = newFolder()
        return { options: { type: name, dir }, open: (leaseMs) => fileTaskNumbers({ dir, leaseMs }) }
      }
      case 'redis': {
        needProgram(context, 'redis-server')
        const { url } = await server(name, redisServer)
        const options = { type: name, url, prefix: own }
        return {
          options,
          open: (leaseMs) => closed(context, redisTaskNumbers({ url, prefix: own, leaseMs })),
        }
      }
      case 'postgres': {
        need(context, postgresPrograms() !== undefined, 'postgresql')
        const { url } = await server(name, postgresServer)
        const options = { type: name, url, table: own }
        return {
          options,
          open: (leaseMs) => closed(context, postgresTaskNumbers({ url, table: own, leaseMs })),
        }
      }
    }
  }
}

function closed(context: TestContext, numbers: TaskNumAllocator): TaskNumAllocator {
  context.onTestFinished(() => numbers.close?.())
  return numbers
}
