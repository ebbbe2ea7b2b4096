import { memoryAdminStore } from '../../fakes/memory-admin-store.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { testAdminStore } from '../contracts/admin-store.ts'
import { testCertificateStore } from '../contracts/certificate-store.ts'

testCertificateStore('memory', () => Promise.resolve(memoryStore(Date.UTC(2026, 0, 1, 12))))
testAdminStore('memory', () => Promise.resolve({ store: memoryAdminStore(), close: () => Promise.resolve() }))
