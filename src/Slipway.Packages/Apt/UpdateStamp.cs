using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Packages.Apt;

/// <summary>When a list set was last asked for, from which sources, and what failed then.</summary>
internal sealed class UpdateStamp(string file)
{
    /// <summary>The failures of the last update if it is young enough and the sources are the same, else null.</summary>
    public IReadOnlyList<string>? Read(DateTimeOffset now, TimeSpan maxAge, MachineApt machine)
    {
        if (!File.Exists(file)) return null;
        var lines = File.ReadAllLines(file);
        if (lines.Length < 2 || !long.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var at) || lines[1] != SourcesDigest(machine)) return null;
        var age = now - DateTimeOffset.FromUnixTimeSeconds(at);
        return age >= TimeSpan.Zero && age <= maxAge ? lines[2..] : null;
    }

    public void Write(DateTimeOffset now, MachineApt machine, IReadOnlyList<string> failures) => AtomicFile.WriteText(file,
        $"{now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}\n{SourcesDigest(machine)}\n{string.Concat(failures.Select(f => f + "\n"))}");

    private static string SourcesDigest(MachineApt machine) =>
        Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', machine.Sources.Select(s => s.ToText(false))))).ToString();
}
