using System.Text.Json;

namespace Slipway.Messages.Tests;

/// <summary>Builds a message of our own from the setter calls that made a vector.</summary>
internal static class VectorMessages
{
    public static byte[] Write(string kind, JsonElement inputs)
    {
        var calls = inputs.GetProperty("calls").EnumerateArray().Select(call => (call.GetProperty("method").GetString()!, call.GetProperty("args"))).ToList();
        var id = inputs.GetProperty("request_id").GetString()!;
        var identity = inputs.TryGetProperty("identity", out var given) ? given.GetString()! : "";
        return kind switch
        {
            "build_request" => MessageCodec.Write(BuildRequest(id, calls[0].Item2)),
            "info_request" => MessageCodec.Write(InfoRequest(id, calls[0].Item2)),
            "response" => MessageCodec.Write(Response(id, identity, calls[0].Item1, calls[0].Item2)),
            _ => MessageCodec.Write(InfoResponse(id, identity, calls)),
        };
    }

    private static BuildRequest BuildRequest(string id, JsonElement args) => new()
    {
        RequestId = id,
        Project = Project(args),
        RunnerGroup = Text(args, "runner_group"),
        Action = Text(args, "action"),
        Package = PackageTarget(args),
        Image = ImageTarget(args),
    };

    private static InfoRequest InfoRequest(string id, JsonElement args) =>
        new() { RequestId = id, Project = Project(args), Package = PackageTarget(args), Image = ImageTarget(args) };

    private static BuildResponse Response(string id, string identity, string method, JsonElement args)
    {
        var response = new BuildResponse
        {
            Identity = identity,
            RequestId = id,
            Project = Project(args),
            Message = Text(args, "message"),
            ResponseCode = Text(args, "response_code"),
        };
        return method switch
        {
            "set_package_buildroot_response" => response with
            {
                PackagePrepare = new(Text(args, "log_file"), Text(args, "solver_file"), Text(args, "build_root"), Number(args)),
            },
            "set_package_build_response" => response with
            {
                Package = new(Text(args, "prepare_log_file"), Text(args, "log_file"), Text(args, "solver_file"), Texts(args), Number(args)),
            },
            "set_image_build_response" => response with { Image = new(Text(args, "log_file"), Text(args, "solver_file"), Texts(args), Number(args)) },
            _ when args.TryGetProperty("arch", out var arch) => response with { Target = new(arch.GetString()!, Optional(args, "dist"), Optional(args, "selection")) },
            _ => response,
        };
    }

    private static InfoResponse InfoResponse(string id, string identity, List<(string, JsonElement Args)> calls)
    {
        var args = calls[0].Args;
        var last = calls[^1].Args;
        string Value(string name) => Optional(last, name) ?? Optional(args, name) ?? "unknown";
        var package = Optional(args, "dist") is { } dist ? new InfoPackage(Text(args, "arch"), dist, Value("prepare_log_file")) : null;
        return new InfoResponse
        {
            Identity = identity,
            RequestId = id,
            Project = Project(args),
            SourceIp = Text(args, "source_ip"),
            IsRunning = args.GetProperty("is_running").GetBoolean(),
            LogFile = Value("log_file"),
            SolverFile = Value("solver_file"),
            UtcModificationTime = Value("utc_modification_time"),
            BuildStatus = Value("build_status"),
            Package = package,
            Image = ImageTarget(args),
            BinaryPackages = last.TryGetProperty("binary_packages", out _) ? Texts(last) : args.TryGetProperty("binary_packages", out _) ? Texts(args) : [],
        };
    }

    private static string Project(JsonElement args) =>
        Optional(args, "package") ?? Optional(args, "image") ?? Optional(args, "target_path") ?? Text(args, "project");

    private static PackageTarget? PackageTarget(JsonElement args) => Optional(args, "dist") is { } dist ? new(Text(args, "arch"), dist) : null;

    private static ImageTarget? ImageTarget(JsonElement args) => Optional(args, "selection") is { } selection ? new(Text(args, "arch"), selection) : null;

    private static string Text(JsonElement args, string name) => Optional(args, name) ?? "unknown";

    private static string? Optional(JsonElement args, string name) => args.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static double Number(JsonElement args) => args.GetProperty("exit_code").GetDouble();

    private static List<string> Texts(JsonElement args) => [.. args.GetProperty("binary_packages").EnumerateArray().Select(item => item.GetString()!)];
}
