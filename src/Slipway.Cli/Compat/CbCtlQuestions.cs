using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Messages;

namespace Slipway.Cli.Compat;

/// <summary>What cb-ctl knows of the last build of a target: its record by messages; log, dependencies and binaries from the service.</summary>
internal sealed class CbCtlQuestions(CompatOptions options, CbCtlConfig config, TimeSpan timeout) : IDisposable
{
    private readonly ServiceClient _service = new(Environment.GetEnvironmentVariable("SLIPWAY_SERVER"), GlobalOptions.DataDirectory(given: null));

    private string Target => $"{options.Text("--dist") ?? options.Required("--selection")}.{options.Required("--arch")}";

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        if (options.Text("--build-info") is { } asked) return Info(CbCtl.ProjectOf(options, asked));
        if (options.Text("--build-log") is { } log) return await LogAsync(log, cancellation);
        if (options.Text("--build-dependencies") is { } dependencies) return await DependenciesAsync(dependencies, cancellation);
        return await BinariesAsync(options.Required("--get-binaries"), cancellation);
    }

    private int Info(string project)
    {
        var answers = Ask(project);
        if (config.RunnerCount is { } count && answers.Count != count)
            CompatProgram.Log("WARNING", string.Create(CultureInfo.InvariantCulture, $"runner count set to {count} but got {answers.Count} responses"));
        var latest = answers.Select(body => (Body: body, Time: TimeOf(body))).Where(one => one.Time is not null).OrderBy(one => one.Time).LastOrDefault();
        Console.WriteLine(latest.Body is null ? "{}" : MessageJson.Of(latest.Body));
        return 0;
    }

    private List<byte[]> Ask(string project)
    {
        var request = new InfoRequest
        {
            RequestId = CbCtl.NewRequestId(),
            Project = project,
            Package = options.Text("--dist") is { } dist ? new(options.Required("--arch"), dist) : null,
            Image = options.Text("--selection") is { } selection ? new(options.Required("--arch"), selection) : null,
        };
        using var broker = CompatBroker.Open(TimeProvider.System);
        using var reader = broker.OpenReader(Topics.InfoResponse);
        var clock = TimeProvider.System;
        var began = clock.GetTimestamp();
        broker.Publish([new(Topics.InfoRequest, request.RequestId, MessageCodec.Write(request))]);
        var answers = new List<byte[]>();
        var patience = timeout + TimeSpan.FromSeconds(1);
        while (answers.Count < (config.RunnerCount ?? int.MaxValue) && patience - clock.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
        {
            var messages = reader.Read(left < timeout ? left : timeout);
            if (messages.Count == 0) break;
            answers.AddRange(messages.Select(message => message.Body).Where(body => MessageCodec.ReadInfoResponse(body, out _)?.RequestId == request.RequestId));
        }
        return answers;
    }

    // The ancestor leaves the fraction out where it is zero.
    private static DateTime? TimeOf(byte[] body) => MessageCodec.ReadInfoResponse(body, out _) is { } answer && DateTime.TryParseExact(
        answer.UtcModificationTime, ["yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-dd HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private async Task<int> LogAsync(string name, CancellationToken cancellation)
    {
        if (await LastBuildAsync(name, cancellation) is not { } build) return NothingKnown(name);
        await using var output = Console.OpenStandardOutput();
        await _service.CopyAsync($"api/v1/builds/{build}/log?follow={(options.Has("--keep-open") ? "true" : "false")}", output, cancellation);
        return 0;
    }

    private async Task<int> DependenciesAsync(string name, CancellationToken cancellation)
    {
        if (await LastBuildAsync(name, cancellation) is not { } build) return NothingKnown(name);
        using var solved = new MemoryStream();
        await _service.CopyAsync($"api/v1/builds/{build}/dependencies", solved, cancellation);
        Console.WriteLine(MessageJson.OfJson(Encoding.UTF8.GetString(solved.ToArray())));
        return 0;
    }

    private async Task<int> BinariesAsync(string name, CancellationToken cancellation)
    {
        if (await LastBuildAsync(name, cancellation) is not { } build) return NothingKnown(name);
        var directory = options.Required("--target-dir");
        Directory.CreateDirectory(directory);
        var detail = await _service.GetAsync($"api/v1/builds/{build}", cancellation);
        foreach (var result in detail["results"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()))
        {
            if (Path.GetFileName(result) != result || result is "." or "..") throw new CompatException("CBExecutionError", $"the service names a file '{result}'");
            using var content = new MemoryStream();
            await _service.CopyAsync($"api/v1/builds/{build}/results/{Uri.EscapeDataString(result)}", content, cancellation);
            AtomicFile.Write(Path.Combine(directory, result), content.ToArray());
        }
        return 0;
    }

    private async Task<long?> LastBuildAsync(string name, CancellationToken cancellation)
    {
        var builds = await _service.GetAsync($"api/v1/builds?limit=1000&package={Uri.EscapeDataString(CbCtl.ProjectOf(options, name))}", cancellation);
        return builds.AsArray().FirstOrDefault(build => build!["target"]!.GetValue<string>() == Target && build["attempts"]!.GetValue<int>() > 0)?["id"]!.GetValue<long>();
    }

    private static int NothingKnown(string name)
    {
        CompatProgram.Log("WARNING", $"Response record has no information for: {name}");
        return 0;
    }

    public void Dispose() => _service.Dispose();
}
