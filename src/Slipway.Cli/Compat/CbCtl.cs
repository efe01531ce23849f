using Slipway.Messages;

namespace Slipway.Cli.Compat;

/// <summary>cb-ctl: asks for builds, watches answers, and gets from the service what the ancestor fetched from runners through ssh.</summary>
internal sealed class CbCtl(CompatOptions options)
{
    private static readonly Dictionary<string, string> Services = new(StringComparer.Ordinal)
    {
        ["cb-fetch"] = "CBFetch",
        ["cb-info"] = "CBInfo",
        ["cb-run"] = "CBRun",
        ["cb-prepare"] = "CBPrepare",
        ["cb-scheduler"] = "CBScheduler",
        ["cb-image"] = "CBImage",
    };

    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(options.Number("--timeout", 10));

    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        if (options.Has("--build-package-local") || options.Has("--build-image-local")) return await CbCtlLocal.BuildAsync(options, cancellation);
        if (options.Has("--build-dependencies-local"))
            throw new CompatException("CBParameterError", "--build-dependencies-local: dependencies are resolved with the build. Try: slipway build --dist DIST, then results/solver.json");
        var config = CbCtlConfig.Read(CbCtlConfig.DefaultFile);
        if (options.Text("--build-package") is { } package) return Ask(package, new PackageTarget(options.Required("--arch"), options.Required("--dist")), null);
        if (options.Text("--build-image") is { } image) return Ask(image, null, new ImageTarget(options.Required("--arch"), options.Required("--selection")));
        if (options.Has("--watch")) return Watch(cancellation);
        using var questions = new CbCtlQuestions(options, config, _timeout);
        return await questions.RunAsync(cancellation);
    }

    private int Ask(string name, PackageTarget? package, ImageTarget? image)
    {
        var request = new BuildRequest
        {
            RequestId = NewRequestId(),
            Project = ProjectOf(options, name),
            RunnerGroup = options.Required("--runner-group"),
            Package = package,
            Image = image,
            Action = package is null ? ResponseCodes.ImageRebuildRequested : ResponseCodes.PackageRebuildRequested,
        };
        var body = MessageCodec.Write(request);
        using var broker = CompatBroker.Open(TimeProvider.System);
        broker.Publish([new(request.RunnerGroup, request.RequestId, body)]);
        Console.WriteLine(MessageJson.Of(body));
        return 0;
    }

    public static string NewRequestId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    public static string ProjectOf(CompatOptions options, string name) => $"projects/{options.Required("--project-path")}/{name}";

    private int Watch(CancellationToken cancellation)
    {
        var request = options.Text("--filter-request-id");
        var service = options.Text("--filter-service-name");
        using var broker = CompatBroker.Open(TimeProvider.System);
        using var reader = broker.OpenReader(Topics.Response);
        while (reader.Read(_timeout) is { Count: > 0 } messages)
        {
            foreach (var message in messages)
            {
                cancellation.ThrowIfCancellationRequested();
                if (MessageCodec.ReadResponse(message.Body, out _) is { } response && IsWanted(response, request, service)) Console.WriteLine(MessageJson.Of(message.Body));
            }
        }
        return 0;
    }

    private static bool IsWanted(BuildResponse response, string? request, string? service)
    {
        if (request is not null) return response.RequestId == request;
        if (service is null) return true;
        var prefix = Services.GetValueOrDefault(service) ?? throw new CompatException("CBParameterError", $"Service name '{service}' not found");
        return response.Identity.StartsWith(prefix, StringComparison.Ordinal);
    }
}
