using Slipway.Messages.Yaml;

namespace Slipway.Messages;

/// <summary>
/// Bytes of the four messages: written as the original writes them, read as strictly as it reads them
/// (any YAML or JSON; unknown fields and YAML 1.1 values of another type are refused).
/// </summary>
public static class MessageCodec
{
    /// <summary>The version that all four messages carry.</summary>
    public const double SchemaVersion = 0.2;

    public static byte[] Write(BuildRequest message) => PyYamlWriter.Write(Fields(
        ("action", message.Action), ("image", Target(message.Image)), ("package", Target(message.Package)), ("project", message.Project),
        ("request_id", message.RequestId), ("runner_group", message.RunnerGroup), ("schema_version", message.SchemaVersion)));

    public static byte[] Write(InfoRequest message) => PyYamlWriter.Write(Fields(
        ("image", Target(message.Image)), ("package", Target(message.Package)), ("project", message.Project),
        ("request_id", message.RequestId), ("schema_version", message.SchemaVersion)));

    public static byte[] Write(BuildResponse message) => PyYamlWriter.Write(Fields(
        ("identity", message.Identity), ("message", message.Message), ("project", message.Project), ("request_id", message.RequestId),
        ("response_code", message.ResponseCode), ("schema_version", message.SchemaVersion),
        ("target", message.Target is { } target ? Fields(("arch", target.Arch), ("dist", target.Dist), ("selection", target.Selection)) : null),
        ("package_prepare", message.PackagePrepare is { } root ? Fields(("build_root", root.BuildRoot), ("exit_code", root.ExitCode),
            ("prepare_log_file", root.PrepareLogFile), ("solver_file", root.SolverFile)) : null),
        ("package", message.Package is { } package ? Fields(("binary_packages", package.BinaryPackages), ("exit_code", package.ExitCode),
            ("log_file", package.LogFile), ("prepare_log_file", package.PrepareLogFile), ("solver_file", package.SolverFile)) : null),
        ("image", message.Image is { } image ? Fields(("binary_packages", image.BinaryPackages), ("exit_code", image.ExitCode),
            ("log_file", image.LogFile), ("solver_file", image.SolverFile)) : null)));

    public static byte[] Write(InfoResponse message)
    {
        var fields = Fields(
            ("build_status", message.BuildStatus), ("identity", message.Identity), ("is_running", message.IsRunning), ("log_file", message.LogFile),
            ("project", message.Project), ("request_id", message.RequestId), ("schema_version", message.SchemaVersion), ("solver_file", message.SolverFile),
            ("source_ip", message.SourceIp), ("utc_modification_time", message.UtcModificationTime), ("image", Target(message.Image)),
            ("package", message.Package is { } package ? Fields(("arch", package.Arch), ("dist", package.Dist), ("prepare_log_file", package.PrepareLogFile)) : null));
        fields["binary_packages"] = message.BinaryPackages;
        return PyYamlWriter.Write(fields);
    }

    /// <summary>Reads a build request; a refused one gives null and the reasons.</summary>
    public static BuildRequest? ReadBuildRequest(ReadOnlySpan<byte> body, out IReadOnlyList<DocumentError> errors) =>
        Read(DocumentKind.BuildRequest, body, out errors) is { } map
            ? new BuildRequest
            {
                RequestId = Text(map, "request_id"),
                Project = Text(map, "project"),
                RunnerGroup = Text(map, "runner_group"),
                Action = Text(map, "action"),
                Package = PackageTarget(map),
                Image = ImageTarget(map),
                SchemaVersion = Number(map, "schema_version"),
            }
            : null;

    /// <summary>Reads an info request; a refused one gives null and the reasons.</summary>
    public static InfoRequest? ReadInfoRequest(ReadOnlySpan<byte> body, out IReadOnlyList<DocumentError> errors) =>
        Read(DocumentKind.InfoRequest, body, out errors) is { } map
            ? new InfoRequest
            {
                RequestId = Text(map, "request_id"),
                Project = Text(map, "project"),
                Package = PackageTarget(map),
                Image = ImageTarget(map),
                SchemaVersion = Number(map, "schema_version"),
            }
            : null;

    /// <summary>Reads a response; a refused one gives null and the reasons.</summary>
    public static BuildResponse? ReadResponse(ReadOnlySpan<byte> body, out IReadOnlyList<DocumentError> errors) =>
        Read(DocumentKind.Response, body, out errors) is { } map
            ? new BuildResponse
            {
                Identity = Text(map, "identity"),
                RequestId = Text(map, "request_id"),
                Message = Text(map, "message"),
                ResponseCode = Text(map, "response_code"),
                Project = Text(map, "project"),
                SchemaVersion = Number(map, "schema_version"),
                Target = Below(map, "target") is { } target ? new(Text(target, "arch"), OptionalText(target, "dist"), OptionalText(target, "selection")) : null,
                PackagePrepare = Below(map, "package_prepare") is { } root
                    ? new(Text(root, "prepare_log_file"), Text(root, "solver_file"), Text(root, "build_root"), Number(root, "exit_code")) : null,
                Package = Below(map, "package") is { } package
                    ? new(Text(package, "prepare_log_file"), Text(package, "log_file"), Text(package, "solver_file"), Texts(package, "binary_packages") ?? [], Number(package, "exit_code")) : null,
                Image = Below(map, "image") is { } image
                    ? new(Text(image, "log_file"), Text(image, "solver_file"), Texts(image, "binary_packages") ?? [], Number(image, "exit_code")) : null,
            }
            : null;

    /// <summary>Reads an info response; a refused one gives null and the reasons.</summary>
    public static InfoResponse? ReadInfoResponse(ReadOnlySpan<byte> body, out IReadOnlyList<DocumentError> errors) =>
        Read(DocumentKind.InfoResponse, body, out errors) is { } map
            ? new InfoResponse
            {
                Identity = Text(map, "identity"),
                RequestId = Text(map, "request_id"),
                Project = Text(map, "project"),
                SourceIp = Text(map, "source_ip"),
                IsRunning = (bool)map.Entries["is_running"]!,
                BinaryPackages = Texts(map, "binary_packages"),
                LogFile = Text(map, "log_file"),
                SolverFile = Text(map, "solver_file"),
                UtcModificationTime = Text(map, "utc_modification_time"),
                BuildStatus = Text(map, "build_status"),
                SchemaVersion = Number(map, "schema_version"),
                Image = ImageTarget(map),
                Package = Below(map, "package") is { } package ? new(Text(package, "arch"), Text(package, "dist"), Text(package, "prepare_log_file")) : null,
            }
            : null;

    /// <summary>Whether a document conforms to a schema; no errors means accepted.</summary>
    public static IReadOnlyList<DocumentError> Check(DocumentKind kind, ReadOnlySpan<byte> body)
    {
        Read(kind, body, out var errors);
        return errors;
    }

    /// <summary>Texts as the original writes a list of messages.</summary>
    public static byte[] WriteTexts(IReadOnlyList<string> texts) => PyYamlWriter.Write(texts);

    /// <summary>Why a document does not load at all; null when it does.</summary>
    public static string? Loads(ReadOnlySpan<byte> body)
    {
        try
        {
            Yaml11Reader.Load(body);
            return null;
        }
        catch (YamlLoadException error)
        {
            return error.Message;
        }
    }

    /// <summary>The request that a document belongs to, which is its key; null when it names none.</summary>
    public static string? RequestIdOf(ReadOnlySpan<byte> body) => (Yaml11Reader.Load(body) as YamlMap)?.Entries.GetValueOrDefault("request_id") as string;

    internal static YamlMap? Read(DocumentKind kind, ReadOnlySpan<byte> body, out IReadOnlyList<DocumentError> errors)
    {
        try
        {
            // The three files are read as UTF-8 text by the original, so UTF-16 fails there and not in messages.
            var isFile = kind is DocumentKind.Project or DocumentKind.Broker or DocumentKind.CbCtl;
            if (isFile && body is [0xff, 0xfe, ..] or [0xfe, 0xff, ..]) throw new YamlLoadException("byte 0 is no utf-8");
            var document = Yaml11Reader.Load(body);
            errors = MessageSchema.Of(kind).Check(document);
            return errors.Count == 0 ? (YamlMap)document! : null;
        }
        catch (YamlLoadException error)
        {
            errors = [new(error.Line, $"does not load: {error.Message}")];
            return null;
        }
    }

    private static Dictionary<string, object?> Fields(params (string Name, object? Value)[] fields) =>
        fields.Where(field => field.Value is not null).ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);

    private static Dictionary<string, object?>? Target(PackageTarget? target) =>
        target is null ? null : Fields(("arch", target.Arch), ("dist", target.Dist));

    private static Dictionary<string, object?>? Target(ImageTarget? target) =>
        target is null ? null : Fields(("arch", target.Arch), ("selection", target.Selection));

    private static PackageTarget? PackageTarget(YamlMap map) =>
        Below(map, "package") is { } target ? new(Text(target, "arch"), Text(target, "dist")) : null;

    private static ImageTarget? ImageTarget(YamlMap map) =>
        Below(map, "image") is { } target ? new(Text(target, "arch"), Text(target, "selection")) : null;

    private static YamlMap? Below(YamlMap map, string name) => map.Entries.GetValueOrDefault(name) as YamlMap;

    private static string Text(YamlMap map, string name) => (string)map.Entries[name]!;

    private static string? OptionalText(YamlMap map, string name) => map.Entries.GetValueOrDefault(name) as string;

    private static double Number(YamlMap map, string name) => (double)map.Entries[name]!;

    private static List<string>? Texts(YamlMap map, string name) =>
        (map.Entries[name] as YamlList)?.Items.Select(item => item as string ?? $"{item}").ToList();
}
