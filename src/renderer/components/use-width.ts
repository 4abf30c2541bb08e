import { useCallback, useState, type RefCallback } from 'react'

/** The width of an element in CSS pixels, as it changes; the element may come later than what asks for it. */
export function useWidth(): [RefCallback<HTMLDivElement>, number] {
  const [width, setWidth] = useState(640)
  const watch = useCallback((element: HTMLDivElement) => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.round(entry.contentRect.width))
    })
    observer.observe(element)
    setWidth(element.clientWidth)
    return () => observer.disconnect()
  }, [])
  return [watch, width]
}
