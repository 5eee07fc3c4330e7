// Simulates days in the test's own process, where threads are not what is tested.
import type { DayTask, Simulator } from '../../../simulations/experiments/model.ts'
import { model } from './queueModel.ts'

export function inProcess(atOnce = 3): Simulator & { asked: DayTask[] } {
  const asked: DayTask[] = []
  return {
    asked,
    atOnce,
    async simulate(task) {
      asked.push(task)
      return model.simulateDay(await model.prepare(task.scenario), task)
    },
  }
}
