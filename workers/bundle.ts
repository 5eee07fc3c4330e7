// Bundles the workflows once; production, tests and replay run the same bundle.
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export function bundleWorkflows(
  workflowsPath = at('../workflows/index.ts'),
): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [at('../workflows/summaries.ts')],
    logger: quiet,
  })
}

const ignore = () => undefined
const quiet = {
  log: ignore,
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: console.warn,
  error: console.error,
}
