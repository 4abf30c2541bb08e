import { describe, expect, test } from 'vitest'
import { ScheduleSettings } from '../../../src/contract/settings.ts'
import { createSchedule } from '../../../src/engine/training/schedule.ts'

const schedule = (over: Partial<ScheduleSettings>) => ScheduleSettings.parse(over)

describe('lengths', () => {
  test('the official run: 49,792 pairs, batch 64, 6 epochs scheduled, ended after 2', () => {
    const run = createSchedule({
      schedule: schedule({ scheduleEpochs: 6, stopEpoch: 2 }),
      lr: 5e-7,
      rows: 49_792,
      batchSize: 64,
    })
    expect(run).toMatchObject({ stepsPerEpoch: 778, scheduleSteps: 4668, totalSteps: 1556, warmupSteps: 467 })
    expect(run.learningRate(467)).toBe(5e-7)
    expect(run.learningRate(1555) / 5e-7).toBeCloseTo((4668 - 1555) / (4668 - 467), 12)
  })

  test.each([
    // rows, batch, schedule epochs, stop epoch, max steps → steps per epoch, schedule, total, warm-up at 0.1
    [100, 64, 1, 1, null, 2, 2, 2, 1],
    [128, 64, 1, 1, null, 2, 2, 2, 1],
    [1000, 64, 1.5, 1.5, null, 16, 24, 24, 3],
    [1000, 64, 1.51, 0.5, null, 16, 25, 8, 3],
    [640, 64, 7, 7, null, 10, 70, 70, 7],
    [640, 64, 7, 7, 30, 10, 70, 30, 7],
    [640, 64, 1, 1, 300, 10, 10, 10, 1],
    [3, 64, 1, 1, null, 1, 1, 1, 1],
  ])(
    '%i rows by %i, epochs %f/%f, max %s',
    (rows, batchSize, scheduleEpochs, stopEpoch, maxSteps, perEpoch, all, total, warmup) => {
      const run = createSchedule({
        schedule: schedule({ scheduleEpochs, stopEpoch }),
        lr: 1,
        rows,
        batchSize,
        maxSteps,
      })
      expect(run).toMatchObject({
        stepsPerEpoch: perEpoch,
        scheduleSteps: all,
        totalSteps: total,
        warmupSteps: warmup,
      })
    },
  )

  test('warm-up is rounded up as transformers does it, its float error included', () => {
    const run = createSchedule({ schedule: schedule({ warmupRatio: 0.07 }), lr: 1, rows: 100, batchSize: 1 })
    expect(run.warmupSteps).toBe(8) // 100 · 0.07 is 7.000000000000001 in Python too
  })

  test('warmupSteps wins over the ratio, 0 included', () => {
    const of = (warmupSteps: number) =>
      createSchedule({ schedule: schedule({ warmupSteps }), lr: 1, rows: 1000, batchSize: 10 })
    expect(of(7).warmupSteps).toBe(7)
    expect(of(0).learningRate(0)).toBe(1)
  })

  test('an end after the schedule is refused with both numbers', () => {
    const run = () =>
      createSchedule({
        schedule: schedule({ scheduleEpochs: 2, stopEpoch: 3 }),
        lr: 1,
        rows: 10,
        batchSize: 1,
      })
    expect(run).toThrow(/epoch 3\).*\(2 epochs\)/)
  })
})

describe('learning rate, peak 1, warm-up 2 of 10', () => {
  const table = (over: Partial<ScheduleSettings>) => {
    const run = createSchedule({
      schedule: schedule({ warmupSteps: 2, ...over }),
      lr: 1,
      rows: 10,
      batchSize: 1,
    })
    return Array.from({ length: 11 }, (_, step) => Number(run.learningRate(step).toFixed(4)))
  }
  test('linear', () => {
    expect(table({ kind: 'linear' })).toEqual([0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0])
  })
  test('linear to a fifth', () => {
    expect(table({ kind: 'linear', finalRatio: 0.2 })).toEqual([
      0, 0.5, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2,
    ])
  })
  test('cosine', () => {
    expect(table({ kind: 'cosine' })).toEqual([
      0, 0.5, 1, 0.9619, 0.8536, 0.6913, 0.5, 0.3087, 0.1464, 0.0381, 0,
    ])
  })
  test('cosine to a tenth ends there and stays', () => {
    const lrs = table({ kind: 'cosine', finalRatio: 0.1 })
    expect(lrs[6]).toBe(0.55)
    expect(lrs[10]).toBe(0.1)
  })
  test('constant', () => {
    expect(table({ kind: 'constant' })).toEqual([0, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1])
  })
})
