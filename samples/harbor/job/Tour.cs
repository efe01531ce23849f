namespace Slipway.Harbor;

internal sealed class Tour(Service service, Steps steps, MainJob job, string scratch)
{
    public Task RunAsync(CancellationToken cancellation) => throw new JobException($"{service.Url} {steps} {job} {scratch} {cancellation}");
}
