using Slipway.Messages.Yaml;

namespace Slipway.Messages;

/// <summary>The kinds of documents that the build service exchanges or reads.</summary>
public enum DocumentKind { BuildRequest, InfoRequest, Response, InfoResponse, Project, Broker, CbCtl }

/// <summary>What is wrong with a document, and in which line (from 1).</summary>
public sealed record DocumentError(int Line, string Text)
{
    public override string ToString() => $"line {Line}: {Text}";
}

/// <summary>The closed schemas of all documents: unknown fields are errors, versions and status texts are not checked.</summary>
internal sealed class MessageSchema
{
    private enum FieldType { Text, Number, Bool, List, Map }

    private sealed record Field(FieldType Type, bool Required, bool Nullable = false, MessageSchema? Below = null);

    private readonly Dictionary<string, Field> _fields = new(StringComparer.Ordinal);

    public static MessageSchema Of(DocumentKind kind) => kind switch
    {
        DocumentKind.BuildRequest => BuildRequest,
        DocumentKind.InfoRequest => InfoRequest,
        DocumentKind.Response => Response,
        DocumentKind.InfoResponse => InfoResponse,
        DocumentKind.Project => Project,
        DocumentKind.Broker => Broker,
        _ => CbCtl,
    };

    private static MessageSchema PackageTarget => new MessageSchema().Texts("arch", "dist");
    private static MessageSchema ImageTarget => new MessageSchema().Texts("arch", "selection");

    private static readonly MessageSchema BuildRequest = new MessageSchema().Numbers("schema_version")
        .Texts("request_id", "project", "runner_group", "action").Map("package", PackageTarget).Map("image", ImageTarget);

    private static readonly MessageSchema InfoRequest = new MessageSchema().Numbers("schema_version")
        .Texts("request_id", "project").Map("package", PackageTarget).Map("image", ImageTarget);

    private static readonly MessageSchema Response = new MessageSchema().Numbers("schema_version")
        .Texts("identity", "request_id", "message", "response_code", "project")
        .Map("target", new MessageSchema().Texts("arch").OptionalTexts("dist", "selection"))
        .Map("package_prepare", new MessageSchema().Texts("prepare_log_file", "build_root", "solver_file").Numbers("exit_code"))
        .Map("package", new MessageSchema().Texts("prepare_log_file", "log_file", "solver_file").Lists("binary_packages").Numbers("exit_code"))
        .Map("image", new MessageSchema().Texts("log_file", "solver_file").Lists("binary_packages").Numbers("exit_code"));

    private static readonly MessageSchema InfoResponse = new MessageSchema().Numbers("schema_version")
        .Texts("identity", "request_id", "project", "source_ip", "log_file", "solver_file", "utc_modification_time", "build_status")
        .Add(FieldType.Bool, true, false, "is_running").Add(FieldType.List, true, true, "binary_packages")
        .Map("package", new MessageSchema().Texts("arch", "dist", "prepare_log_file")).Map("image", ImageTarget);

    private static readonly MessageSchema Project = new MessageSchema().Numbers("schema_version").Texts("name")
        .ListOf("distributions", new MessageSchema().Texts("dist", "arch", "runner_group"))
        .ListOf("images", new MessageSchema().Texts("arch", "runner_group")
            .Map("selection", new MessageSchema().Texts("name").OptionalLists("profiles", "build_arguments"), required: true, nullable: true));

    private static readonly MessageSchema Broker = new MessageSchema().Texts("this_host")
        .Map("broker", new MessageSchema().Texts("host").Map("tls", new MessageSchema().Texts("ssl_cafile", "ssl_certfile", "ssl_keyfile")), required: true)
        .Map("runner", new MessageSchema().Texts("group"));

    private static readonly MessageSchema CbCtl = new MessageSchema()
        .Map("cluster", new MessageSchema().Texts("ssh_user", "ssh_pkey_file").OptionalTexts("controlplane").Add(FieldType.Number, false, false, "runner_count"), required: true)
        .Map("settings", new MessageSchema().Add(FieldType.Bool, false, false, "use_control_plane_as_proxy"));

    private MessageSchema Texts(params string[] names) => Add(FieldType.Text, true, false, names);
    private MessageSchema OptionalTexts(params string[] names) => Add(FieldType.Text, false, false, names);
    private MessageSchema Numbers(params string[] names) => Add(FieldType.Number, true, false, names);
    private MessageSchema Lists(params string[] names) => Add(FieldType.List, true, false, names);
    private MessageSchema OptionalLists(params string[] names) => Add(FieldType.List, false, false, names);

    private MessageSchema Add(FieldType type, bool required, bool nullable, params string[] names)
    {
        foreach (var name in names) _fields[name] = new Field(type, required, nullable);
        return this;
    }

    private MessageSchema Map(string name, MessageSchema below, bool required = false, bool nullable = false)
    {
        _fields[name] = new Field(FieldType.Map, required, nullable, below);
        return this;
    }

    private MessageSchema ListOf(string name, MessageSchema below)
    {
        _fields[name] = new Field(FieldType.List, false, false, below);
        return this;
    }

    /// <summary>Every breach of the schema; none when the document conforms.</summary>
    public IReadOnlyList<DocumentError> Check(object? document)
    {
        var errors = new List<DocumentError>();
        if (document is YamlMap map) Check(map, "", errors);
        else errors.Add(new(1, "the document is no map"));
        return errors;
    }

    private void Check(YamlMap map, string path, List<DocumentError> errors)
    {
        errors.AddRange(map.OtherKeys.Select(key => new DocumentError(map.Line, $"{path}{key}: unknown field")));
        errors.AddRange(map.Entries.Keys.Where(key => !_fields.ContainsKey(key)).Select(key => new DocumentError(map.Lines[key], $"{path}{key}: unknown field")));
        foreach (var (name, field) in _fields)
        {
            if (map.Entries.TryGetValue(name, out var value)) CheckField(field, value, path + name, map.Lines[name], errors);
            else if (field.Required) errors.Add(new(map.Line, $"{path}{name}: required field"));
        }
    }

    private static void CheckField(Field field, object? value, string path, int line, List<DocumentError> errors)
    {
        if (value is null)
        {
            if (!field.Nullable) errors.Add(new(line, $"{path}: null is not allowed"));
            return;
        }
        var fits = field.Type switch
        {
            FieldType.Text => value is string,
            FieldType.Number => value is double,
            FieldType.Bool => value is bool,
            FieldType.List => value is YamlList,
            _ => value is YamlMap,
        };
        if (!fits) errors.Add(new(line, $"{path}: must be of type {TypeName(field.Type)}"));
        else if (field.Below is { } below && value is YamlMap map) below.Check(map, path + ".", errors);
        else if (field.Below is { } item && value is YamlList list) CheckItems(item, list, path, line, errors);
    }

    private static void CheckItems(MessageSchema item, YamlList list, string path, int line, List<DocumentError> errors)
    {
        for (var at = 0; at < list.Items.Count; at++)
        {
            if (list.Items[at] is YamlMap map) item.Check(map, $"{path}[{at}].", errors);
            else errors.Add(new(line, $"{path}[{at}]: must be of type dict"));
        }
    }

    private static string TypeName(FieldType type) => type switch
    {
        FieldType.Text => "string",
        FieldType.Number => "number",
        FieldType.Bool => "boolean",
        FieldType.List => "list",
        _ => "dict",
    };
}
