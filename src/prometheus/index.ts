/**
 * The Prometheus exposition format: families, and their text.
 *
 * @module
 */
export { type Family, type FamilyType, mergeFamilies, type Point } from './family.ts'
export { CONTENT_TYPE, familiesText, familiesTextInSlices, negotiate, type TextFormat } from './text.ts'
