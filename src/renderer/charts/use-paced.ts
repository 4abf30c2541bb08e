import { useEffect, useRef, useState } from 'react'

/** The value, but never newer more often than every `everyMs`. */
export function usePaced<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value)
  const newest = useRef(value)
  const timer = useRef<number | null>(null)
  const lastAt = useRef(-Infinity)
  useEffect(() => {
    newest.current = value
    if (value === shown || timer.current !== null) return
    const wait = Math.max(0, lastAt.current + everyMs - performance.now())
    timer.current = window.setTimeout(() => {
      timer.current = null
      lastAt.current = performance.now()
      setShown(newest.current)
    }, wait)
  }, [value, shown, everyMs])
  useEffect(
    () => () => {
      if (timer.current !== null) window.clearTimeout(timer.current)
      timer.current = null
    },
    [],
  )
  return shown
}
