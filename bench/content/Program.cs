using System.Globalization;
using Slipway.Bench.Content;

// A step runs in a process of its own, so that peak memory is its own, too.
return args switch
{
    ["step", .. var step] => Step.Run(step),
    [var directory, .. var options] when options.All(o => o is "--small" or "--original") && Directory.Exists(directory) =>
        Report.Run(Path.GetFullPath(directory), options.Contains("--small"), options.Contains("--original")),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: bench-content DIR [--small] [--original]
        DIR is what bench/content/make-tree made, or holds versions 10 and 20 of any other tree; DIR/www and DIR/cache are removed first.
          --small     measures the small profile instead of the default one
          --original  also compresses each fullfile and zero pack as the original engine does, and makes its deltas
                      (needs bsdiff); takes about two X more
        """);
    return 2;
}

namespace Slipway.Bench.Content
{
    /// <summary>Numbers as this bench writes them, whatever the locale.</summary>
    internal static class Numbers
    {
        public static string In(this double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

        public static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}
