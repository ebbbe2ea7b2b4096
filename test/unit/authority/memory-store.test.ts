import { memoryStore } from '../../fakes/memory-store.ts'
import { testCertificateStore } from '../contracts/certificate-store.ts'

testCertificateStore('memory', () => Promise.resolve(memoryStore(Date.UTC(2026, 0, 1, 12))))
