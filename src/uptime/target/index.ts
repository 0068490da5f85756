/**
 * What can be said of a target, read and checked: all that a configuration needs to know of uptime, without anything
 * that checks.
 *
 * @module
 */
export { type Kind, parseServer, parseStatuses } from './address.ts'
export { credentialsOf, hideCredentials } from './credentials.ts'
export {
  DEFAULT_MAX_BODY_BYTES,
  MAX_TARGETS,
  RECORD_TYPES,
  type RecordType,
  type TargetDefaults,
  type TargetOptions,
} from './options.ts'
export { isQuiet } from './quiet.ts'
export { mapFaults, readTargets, type Target, type TargetMap, targetFaults } from './target.ts'
