using System.Runtime.InteropServices;

namespace Slipway.Harbor;

/// <summary>`./run`: the main job on the sample, step by step, then the service for you to try.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        var options = Options.Parse(arguments);
        if (options is null) return 2;
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        Directory.CreateDirectory(options.Scratch);
        await using var trash = new Trash(Path.Combine(options.Scratch, "trash"));
        await using var service = new Service(options.Slipway, options.Data, options.Port);
        var steps = new Steps(service);
        try
        {
            await service.StartAsync(stop.Token);
            var job = new MainJob(service, steps, trash, options.Scratch, options.Sample);
            await job.RunAsync(stop.Token);
            if (options.Tour) await new Tour(service, steps, job, trash, options.Scratch).RunAsync(stop.Token);
            await Figures.PrintAsync(service, steps, job, stop.Token);
            if (!options.Once && !options.Tour) await InviteAsync(service, stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.WriteLine("\nStopped.");
            return 130;
        }
        catch (JobException failure)
        {
            Console.Error.WriteLine($"error: the job failed: {failure.Message}\nTry: look into {service.LogFile}");
            return 1;
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task InviteAsync(Service service, CancellationToken stop)
    {
        Console.WriteLine($"\nSlipway runs. Dashboard: {service.Url}/\nNow you:");
        foreach (var command in Invitation.Commands(service.Data, Path.Combine(Path.GetTempPath(), "harbor-source"))) Console.WriteLine("  " + command);
        Console.WriteLine("Then watch the dashboard: builds, new snapshots, a new version. Ctrl-C ends.");
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("Stopping.");
        }
    }
}

/// <summary>What `./run` was asked to do.</summary>
internal sealed record Options(string Slipway, string Sample, string Data, string Scratch, int Port, bool Once, bool Tour)
{
    public static Options? Parse(string[] arguments)
    {
        string? slipway = null, sample = null, data = null;
        var (port, once, tour) = (8080, false, false);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--once": once = true; break;
                case "--tour": tour = true; break;
                case "--slipway" when i + 1 < arguments.Length: slipway = arguments[++i]; break;
                case "--sample" when i + 1 < arguments.Length: sample = arguments[++i]; break;
                case "--data" when i + 1 < arguments.Length: data = arguments[++i]; break;
                case "--port" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out port): i++; break;
                default:
                    Console.Error.WriteLine($"error: unknown argument {arguments[i]}\nusage: ./run [--once | --tour] [--data DIR] [--port N]");
                    return null;
            }
        }
        if (slipway is null || sample is null || data is null)
        {
            Console.Error.WriteLine("error: --slipway, --sample and --data are needed. Try: ./run");
            return null;
        }
        return new Options(slipway, sample, data, Path.Combine(data, "job"), port, once, tour);
    }
}
