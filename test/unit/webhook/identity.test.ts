import { describe, expect, it } from 'vitest'
import { identityOf } from '../../../src/webhook/identity.ts'
import { parsePod } from '../../../src/webhook/pod.ts'
import { aPod, withContainer, withSpec } from '../../builders/pod.ts'

const user = (runAsUser: number) => ({ securityContext: { runAsUser } })
const second = (more: object = {}) => withSpec({ initContainers: [{ name: 'init', ...more }] })

describe('identityOf', () => {
  it.each([
    ['no user declared', aPod(), {}, { uid: 65_532, mode: 0o644 }],
    ['a user of the pod', aPod(withSpec(user(12_345))), {}, { uid: 12_345, mode: 0o600 }],
    ['root', aPod(withSpec(user(0))), {}, { uid: 0, mode: 0o600 }],
    ['a user of the one container', aPod(withContainer(user(7))), {}, { uid: 7, mode: 0o600 }],
    ['a container over the pod', aPod(withSpec(user(1)), withContainer(user(7))), {}, { uid: 7, mode: 0o600 }],
    ['one container that declares none', aPod(withContainer(user(7)), second()), {}, { uid: 65_532, mode: 0o644 }],
    ['two users', aPod(withContainer(user(7)), second(user(8))), {}, { uid: 65_532, mode: 0o644 }],
    ['the same user twice', aPod(withContainer(user(7)), second(user(7))), {}, { uid: 7, mode: 0o600 }],
    ['fsGroup', aPod(withSpec({ securityContext: { fsGroup: 5 } })), {}, { uid: 65_532, mode: 0o640 }],
    [
      'fsGroup and a user',
      aPod(withSpec({ securityContext: { fsGroup: 5, runAsUser: 7 } })),
      {},
      { uid: 7, mode: 0o640 },
    ],
    ['an owner', aPod(), { owner: { uid: 5, gid: 6 } }, { uid: 5, gid: 6, mode: 0o644 }],
    [
      'an owner that is the user',
      aPod(withSpec(user(5))),
      { owner: { uid: 5, gid: 6 } },
      { uid: 5, gid: 6, mode: 0o600 },
    ],
    ['an owner that is not', aPod(withSpec(user(9))), { owner: { uid: 5, gid: 6 } }, { uid: 5, gid: 6, mode: 0o644 }],
    ['a mode', aPod(withSpec(user(9))), { mode: 0o440 }, { uid: 9, mode: 0o440 }],
  ])('follows the kubelet with %s', (_, pod, wish, expected) => {
    expect(identityOf(parsePod(pod), wish)).toEqual(expected)
  })

  it('refuses an owner that the pod forbids', () => {
    const pod = parsePod(aPod(withSpec({ securityContext: { runAsNonRoot: true } })))
    expect(() => identityOf(pod, { owner: { uid: 0, gid: 0 } })).toThrow(
      expect.objectContaining({
        code: 'malformed',
        message: 'annotation autocert.step.sm/owner asks for user 0, but the pod has runAsNonRoot: true',
      }),
    )
  })
})
