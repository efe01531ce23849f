using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Slipway.Updates.Tests.Creation;

/// <summary>One scenario of the vectors: builds its versions in a fresh directory.</summary>
internal sealed class VectorScenario : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _input;

    public VectorScenario(string directory)
    {
        Directory = directory;
        _input = Path.Combine(directory, "input");
        using var parameters = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory, "params.json")));
        Versions = [.. parameters.RootElement.GetProperty("versions").EnumerateArray().Select(v => new Step(
            v.GetProperty("version").GetUInt32(), v.GetProperty("previous").GetUInt32(), v.GetProperty("minversion").GetUInt32(),
            v.GetProperty("format").GetInt32(), [.. v.GetProperty("delta_from").EnumerateArray().Select(f => f.GetUInt32())]))];
        var debug = parameters.RootElement.GetProperty("debuginfo");
        File.WriteAllText(State("server.ini"),
            $"[Debuginfo]\nbanned={(debug.GetProperty("banned").GetBoolean() ? "true" : "false")}\n"
            + $"lib={debug.GetProperty("lib").GetString()}\nsrc={debug.GetProperty("src").GetString()}\n");
    }

    public string Directory { get; }

    public IReadOnlyList<Step> Versions { get; }

    public string State(string below) => _directory[below];

    public string Published(uint version, string below = "") => _directory[$"www/{version}/{below}"];

    public string Expected(uint version, string file) => Path.Combine(Directory, "expected", Text(version), file);

    public CreateReport Build(Step step, Func<CreateOptions, CreateOptions>? change = null)
    {
        var image = State($"image/{step.Version}");
        System.IO.Directory.CreateDirectory(image);
        foreach (var file in System.IO.Directory.EnumerateFiles(Path.Combine(_input, Text(step.Version))))
            File.Copy(file, Path.Combine(image, Path.GetFileName(file)), overwrite: true);
        var groups = Path.Combine(_input, Text(step.Version), "groups");
        if (!File.Exists(groups)) groups = Path.Combine(_input, "groups");
        File.WriteAllText(State("groups.ini"),
            string.Concat(File.ReadAllLines(groups).Where(g => g.Length > 0).Select(g => $"[{g}]\ngroup={g}\n\n")), Encoding.ASCII);
        var tar = Path.Combine(image, "full.tar");
        if (!File.Exists(tar)) File.Copy(Path.Combine(_input, Text(step.Version) + ".tar"), tar);
        var options = new CreateOptions
        {
            StateDirectory = _directory.Path,
            Version = step.Version,
            Previous = step.Previous,
            MinVersion = step.MinVersion,
            Format = step.Format,
            Timestamp = 0,
            DeltasFrom = step.DeltasFrom,
            Jobs = 2,
        };
        return ContentCreation.Create(change?.Invoke(options) ?? options, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _directory.Dispose();

    private static string Text(uint version) => version.ToString(CultureInfo.InvariantCulture);

    internal sealed record Step(uint Version, uint Previous, uint MinVersion, int Format, IReadOnlyList<uint> DeltasFrom);
}
