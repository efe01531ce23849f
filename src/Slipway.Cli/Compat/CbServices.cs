using System.Runtime.InteropServices;
using Slipway.Builds;
using Slipway.State;

namespace Slipway.Cli.Compat;

/// <summary>cb-fetch, cb-scheduler, cb-info and cb-collect: roles of the service, in the data directory, with the ancestor's options.</summary>
internal sealed class CbServices(CompatOptions options)
{
    private readonly DataDirectory _data = new(GlobalOptions.DataDirectory(given: null));

    public async Task<int> RunAsync(string program, CancellationToken interrupt)
    {
        if (!Environment.IsPrivilegedProcess) throw new CompatException("KiwiPrivilegesError", "operation requires root permissions");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        using var told = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        _data.Create();
        if (options.Text("--project") is { } url) Clone(url, options.Text("--branch"), stop.Token);
        if (options.Has("--single-shot")) return 0;
        var (roles, name) = program switch
        {
            "cb-fetch" => (ServiceRoles.Fetch, "fetch"),
            "cb-collect" => (ServiceRoles.Collect | ServiceRoles.Signer, "collect"),
            "cb-info" => (ServiceRoles.Info, "info"),
            _ => (ServiceRoles.Intake | ServiceRoles.Runner, "runner"),
        };
        await RunAsync(roles, name, stop.Token);
        interrupt.ThrowIfCancellationRequested();
        return 0;
    }

    private async Task RunAsync(ServiceRoles roles, string name, CancellationToken cancellation)
    {
        CheckIntervals();
        if (options.Text("--repo-server") is { } collector and not "none")
            CompatProgram.Log("WARNING", $"--repo-server {collector}: nothing is sent by ssh; cb-collect publishes what is built in this data directory, and slipway runner builds for a service elsewhere");
        var config = CompatBroker.Config();
        await using var process = new Roles(new ServeOptions
        {
            DataDirectory = _data.Root,
            Name = name,
            Roles = roles,
            Port = 0,
            Sample = false,
            RunnerGroups = [config.RunnerGroup],
            Builds = (int)options.Number("--build-limit", 10),
            FetchInterval = TimeSpan.FromSeconds(options.Number("--update-interval", 30)),
            RespondAlways = options.Has("--respond-always"),
            Site = new SiteConfig(config),
        });
        await process.RunAsync(cancellation);
    }

    private void CheckIntervals()
    {
        if (options.Number("--poll-timeout", 5000) / 1000 > options.Number("--update-interval", options.Text("--project") is null ? 10 : 30))
            throw new CompatException("CBSchedulerIntervalError", "Poll timeout on the message broker greater than update interval");
    }

    // One that is there already keeps what it has: what was asked for at a commit must still be found.
    private void Clone(string url, string? branch, CancellationToken cancellation)
    {
        var name = Path.GetFileName(url.TrimEnd('/'));
        if (name.EndsWith(".git", StringComparison.Ordinal)) name = name[..^4];
        if (name.Length == 0 || name[0] == '.' || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            throw new CompatException("CBParameterError", $"--project {url}: its last part is no plain name");
        var source = SourceRepository.Open(name, Path.Combine(_data.Git, $"{name}.git"), _data.Doorbell("sources").File);
        source.FetchFrom(url, branch);
        source.Update(cancellation);
    }
}
